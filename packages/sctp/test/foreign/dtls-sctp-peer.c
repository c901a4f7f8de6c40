/* The other side of dtls-sctp://, made of OpenSSL and usrsctp (RFC 8261): DTLS 1.2 with certificates of both over one
 * loopback socket, an SCTP association inside. As a server it sends back what comes; as a client it sends messages of
 * many sizes and compares what comes back.
 *
 *   dtls-sctp-peer server|client <UDP port> <SCTP port> <certificate> <key> <authority>
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <usrsctp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

enum { LARGEST = 1 << 20, MESSAGES = 250 };
static const uint32_t SIZES[] = {1, 2, 100, 1164, 1165, 5000, 100000};

static SSL *ssl;
static pthread_mutex_t ssl_lock = PTHREAD_MUTEX_INITIALIZER;
static int udp;
static int address; /* its place in memory is what usrsctp knows the peer by */

static void fail(const char *what) {
  printf("failed: %s (%s)\n", what, strerror(errno));
  ERR_print_errors_fp(stdout);
  exit(1);
}

/* usrsctp wants a packet carried; called from any of its threads. */
static int on_packet(void *to, void *packet, size_t size, uint8_t tos, uint8_t dont_fragment) {
  (void)to, (void)tos, (void)dont_fragment;
  pthread_mutex_lock(&ssl_lock);
  SSL_write(ssl, packet, (int)size);
  ERR_clear_error();
  pthread_mutex_unlock(&ssl_lock);
  return 0;
}

/* Records that come become packets for usrsctp, until the peer says good-bye. */
static void *read_records(void *unused) {
  static uint8_t packet[65536];
  (void)unused;
  for (;;) {
    struct pollfd waiting = {.fd = udp, .events = POLLIN};
    poll(&waiting, 1, 100);
    for (;;) {
      pthread_mutex_lock(&ssl_lock);
      int size = SSL_read(ssl, packet, sizeof packet);
      int error = size > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl, size);
      ERR_clear_error();
      pthread_mutex_unlock(&ssl_lock);
      if (size > 0) {
        usrsctp_conninput(&address, packet, (size_t)size, 0);
        continue;
      }
      if (error == SSL_ERROR_ZERO_RETURN) {
        printf("close_notify\n");
        return NULL;
      }
      break;
    }
  }
}

static SSL_CTX *context(char *certificate, char *key, char *authority) {
  SSL_CTX *made = SSL_CTX_new(DTLS_method());
  SSL_CTX_set_min_proto_version(made, DTLS1_2_VERSION);
  if (SSL_CTX_use_certificate_chain_file(made, certificate) != 1) fail("certificate");
  if (SSL_CTX_use_PrivateKey_file(made, key, SSL_FILETYPE_PEM) != 1) fail("key");
  if (SSL_CTX_load_verify_locations(made, authority, NULL) != 1) fail("authority");
  SSL_CTX_set_verify(made, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  return made;
}

/* The socket, connected to the peer: a server takes the first that sends something. */
static void open_socket(int is_server, uint16_t port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  udp = socket(AF_INET, SOCK_DGRAM, 0);
  if (is_server) {
    uint8_t byte;
    if (bind(udp, (struct sockaddr *)&at, sizeof at) != 0) fail("bind");
    printf("listening\n");
    recvfrom(udp, &byte, 1, MSG_PEEK, (struct sockaddr *)&at, &length);
  }
  if (connect(udp, (struct sockaddr *)&at, sizeof at) != 0) fail("connect");
}

static void shake_hands(int is_server, SSL_CTX *with) {
  ssl = SSL_new(with);
  SSL_set_fd(ssl, udp);
  SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
  DTLS_set_link_mtu(ssl, 1400);
  if ((is_server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1) fail("handshake");
  if (SSL_get_verify_result(ssl) != X509_V_OK) fail("verification");
  printf("handshake %s\n", SSL_get_cipher(ssl));
}

static struct sockaddr_conn place(uint16_t port) {
  struct sockaddr_conn at;
  memset(&at, 0, sizeof at);
  at.sconn_family = AF_CONN;
  at.sconn_port = htons(port);
  at.sconn_addr = &address;
  return at;
}

static struct socket *sctp_socket(uint16_t port) {
  const int on = 1, buffer = 4 << 20;
  struct sctp_paddrparams path;
  struct sockaddr_conn at = place(port);
  struct socket *made = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
  if (made == NULL) fail("usrsctp_socket");
  usrsctp_setsockopt(made, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  usrsctp_setsockopt(made, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  usrsctp_setsockopt(made, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
  memset(&path, 0, sizeof path);
  path.spp_address.ss_family = AF_CONN;
  path.spp_pathmtu = 1192;
  path.spp_flags = SPP_PMTUD_DISABLE;
  usrsctp_setsockopt(made, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
  if (usrsctp_bind(made, (struct sockaddr *)&at, sizeof at) != 0) fail("usrsctp_bind");
  return made;
}

/* One whole message; 0 at the end. */
static ssize_t receive(struct socket *from, uint8_t *into) {
  ssize_t have = 0;
  for (;;) {
    struct sockaddr_conn sender;
    struct sctp_rcvinfo info;
    socklen_t sender_size = sizeof sender, info_size = sizeof info;
    unsigned kind = 0;
    int flags = 0;
    ssize_t more = usrsctp_recvv(from, into + have, (size_t)(LARGEST - have), (struct sockaddr *)&sender, &sender_size,
                                 &info, &info_size, &kind, &flags);
    if (more <= 0) return more;
    have += more;
    if (flags & MSG_EOR) return have;
    if (have == LARGEST) fail("a message that is too large");
  }
}

static void send_message(struct socket *to, const uint8_t *bytes, size_t size) {
  struct sctp_sndinfo info;
  memset(&info, 0, sizeof info);
  if (usrsctp_sendv(to, bytes, size, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) < 0) fail("usrsctp_sendv");
}

static size_t fill(uint8_t *bytes, uint32_t number) {
  size_t size = SIZES[number % (sizeof SIZES / sizeof *SIZES)];
  for (size_t index = 0; index < size; index++) bytes[index] = (uint8_t)(number * 31 + index * 7);
  return size;
}

static void *compare(void *association) {
  uint8_t *came = malloc(LARGEST), *wanted = malloc(LARGEST);
  for (uint32_t number = 0; number < MESSAGES; number++) {
    ssize_t size = receive(association, came);
    size_t expected = fill(wanted, number);
    if (size != (ssize_t)expected || memcmp(came, wanted, expected) != 0) {
      printf("message %u came back with %zd bytes, or others\n", number, size);
      exit(1);
    }
  }
  printf("%d messages came back as they were\n", MESSAGES);
  return NULL;
}

static void be_client(struct socket *association, uint16_t port) {
  struct sockaddr_conn peer = place(port);
  uint8_t *bytes = malloc(LARGEST);
  pthread_t comparing;
  if (usrsctp_connect(association, (struct sockaddr *)&peer, sizeof peer) != 0) fail("usrsctp_connect");
  printf("associated\n");
  pthread_create(&comparing, NULL, compare, association);
  for (uint32_t number = 0; number < MESSAGES; number++) send_message(association, bytes, fill(bytes, number));
  pthread_join(comparing, NULL);
  usrsctp_shutdown(association, SHUT_RDWR);
  while (receive(association, bytes) > 0) {
  }
  printf("ended\n");
  pthread_mutex_lock(&ssl_lock);
  SSL_shutdown(ssl);
  pthread_mutex_unlock(&ssl_lock);
}

static void be_server(struct socket *listening) {
  uint8_t *bytes = malloc(LARGEST);
  struct socket *association = usrsctp_accept(listening, NULL, NULL);
  if (association == NULL) fail("usrsctp_accept");
  printf("associated\n");
  for (;;) {
    ssize_t size = receive(association, bytes);
    if (size <= 0) break;
    send_message(association, bytes, (size_t)size);
  }
  printf("ended\n");
}

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count != 7) return 2;
  int is_server = strcmp(arguments[1], "server") == 0;
  uint16_t port = (uint16_t)atoi(arguments[3]);
  SSL_CTX *with = context(arguments[4], arguments[5], arguments[6]);
  pthread_t reading;
  open_socket(is_server, (uint16_t)atoi(arguments[2]));
  shake_hands(is_server, with);
  SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
  BIO_socket_nbio(udp, 1);
  usrsctp_init(0, on_packet, NULL);
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_register_address(&address);
  struct socket *made = sctp_socket(port);
  if (is_server && usrsctp_listen(made, 1) != 0) fail("usrsctp_listen");
  pthread_create(&reading, NULL, read_records, NULL);
  if (is_server) be_server(made);
  else be_client(made, port);
  usleep(200000); /* the last packets of a shutdown, and the good-bye of the peer */
  _exit(0);
}
