// A peer made of libusrsctp: `echo UDP-PORT SCTP-PORT` sends every message back on its stream, with its number, to one
// client after another; `talk UDP-PORT PEER-UDP-PORT SCTP-PORT COUNT SIZE` sends messages and expects each of them back, in
// order, then shuts down. All on 127.0.0.1. What goes wrong is told on stderr, and by the exit code.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usrsctp.h>

#define LARGEST (20u << 20)

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in local_address(int port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((uint16_t)port);
  return address;
}

static struct socket *new_socket(int peer_udp_port) {
  struct socket *one = usrsctp_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
  if (one == NULL) fail("socket");
  const int size = 4 << 20, yes = 1;
  usrsctp_setsockopt(one, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  usrsctp_setsockopt(one, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  usrsctp_setsockopt(one, IPPROTO_SCTP, SCTP_RECVRCVINFO, &yes, sizeof yes);
  usrsctp_setsockopt(one, IPPROTO_SCTP, SCTP_NODELAY, &yes, sizeof yes);
  struct sctp_udpencaps encapsulation;
  memset(&encapsulation, 0, sizeof encapsulation);
  encapsulation.sue_address.ss_family = AF_INET;
  encapsulation.sue_port = htons((uint16_t)peer_udp_port);
  if (usrsctp_setsockopt(one, IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation, sizeof encapsulation) < 0)
    fail("encapsulation");
  return one;
}

// One whole message; 0 at the end, and below 0 when something went wrong.
static ssize_t receive(struct socket *from, uint8_t *buffer, struct sctp_rcvinfo *info) {
  size_t used = 0;
  for (;;) {
    struct sockaddr_in address;
    socklen_t address_size = sizeof address, info_size = sizeof *info;
    unsigned kind = 0;
    int flags = 0;
    ssize_t got = usrsctp_recvv(from, buffer + used, LARGEST - used, (struct sockaddr *)&address, &address_size, info,
                                &info_size, &kind, &flags);
    if (got <= 0) return got;
    used += (size_t)got;
    if (flags & MSG_EOR) return (ssize_t)used;
    if (used == LARGEST) return -1;
  }
}

static void send_message(struct socket *to, const uint8_t *bytes, size_t size, uint16_t stream, uint32_t number) {
  struct sctp_sndinfo info;
  memset(&info, 0, sizeof info);
  info.snd_sid = stream;
  info.snd_ppid = number;
  if (usrsctp_sendv(to, bytes, size, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) < 0) fail("send");
}

static void echo(int port) {
  struct socket *listening = new_socket(0);
  struct sockaddr_in address = local_address(port);
  if (usrsctp_bind(listening, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (usrsctp_listen(listening, 4) < 0) fail("listen");
  printf("ready\n");
  uint8_t *buffer = malloc(LARGEST);
  for (;;) {
    struct socket *peer = usrsctp_accept(listening, NULL, NULL);
    if (peer == NULL) fail("accept");
    struct sctp_rcvinfo info;
    ssize_t size;
    long count = 0;
    while ((size = receive(peer, buffer, &info)) > 0) {
      send_message(peer, buffer, (size_t)size, info.rcv_sid, info.rcv_ppid);
      count++;
    }
    printf("%s after %ld\n", size == 0 ? "end" : "failure", count);
    usrsctp_close(peer);
  }
}

static void fill(uint8_t *bytes, uint32_t number, size_t size) {
  for (size_t at = 0; at < size; at++) bytes[at] = (uint8_t)(number * 31u + at * 7u);
}

static void talk(int peer_udp_port, int port, uint32_t count, size_t size) {
  struct socket *peer = new_socket(peer_udp_port);
  struct sockaddr_in own = local_address(0), address = local_address(port);
  if (usrsctp_bind(peer, (struct sockaddr *)&own, sizeof own) < 0) fail("bind");
  if (usrsctp_connect(peer, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  uint8_t *sent = malloc(LARGEST), *got = malloc(LARGEST);
  struct sctp_rcvinfo info;
  const uint32_t ahead = size > 100000 ? 2 : 32;
  for (uint32_t number = 0; number < count + ahead; number++) {
    if (number < count) {
      fill(sent, number, size);
      send_message(peer, sent, size, (uint16_t)(number & 1), htonl(number));
    }
    if (number < ahead) continue;
    ssize_t length = receive(peer, got, &info);
    // Both streams are answered in turn, but only each of them is in order.
    uint32_t back = ntohl(info.rcv_ppid);
    fill(sent, back, size);
    if (length != (ssize_t)size || info.rcv_sid != (back & 1) || memcmp(sent, got, size) != 0) {
      fprintf(stderr, "message %u came back as %zd bytes, number %u\n", number - ahead, length, back);
      exit(1);
    }
  }
  usrsctp_shutdown(peer, SHUT_WR);
  ssize_t last = receive(peer, got, &info);
  printf("%u came back, then %s\n", count, last == 0 ? "the end" : "something else");
  usrsctp_close(peer);
}

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count < 4) return 2;
  usrsctp_init((uint16_t)atoi(words[2]), NULL, NULL);
  usrsctp_sysctl_set_sctp_no_csum_on_loopback(0);
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  if (strcmp(words[1], "echo") == 0) echo(atoi(words[3]));
  else if (count == 7) talk(atoi(words[3]), atoi(words[4]), (uint32_t)atoi(words[5]), (size_t)atol(words[6]));
  // What is left of the shutdown goes on in other threads.
  for (int tries = 0; tries < 50 && usrsctp_finish() != 0; tries++) usleep(100000);
  return 0;
}
