#include "connection.h"

#include "clock.h"
#include "memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 18, LARGEST_PACKET = (1 << 20) + (1 << 16), PORTS_PER_ADDRESS = 5000 };

uint64_t network_time;

static framing read_header;
static int poller;
static struct sockaddr_in target;
static uint32_t opened, source_addresses;
static struct connection **queue; /* connections with output, to be flushed at the end of the turn */
static uint32_t queue_length;
static uint8_t scratch[LARGEST_PACKET + READ_SIZE];

static void fail(const char *action) {
  fprintf(stderr, "load: %s: %s\n", action, strerror(errno));
  exit(2);
}

void network_start(const char *host, int port, uint32_t connection_count, framing framing) {
  read_header = framing;
  target.sin_family = AF_INET;
  target.sin_port = htons((uint16_t)port);
  if (inet_pton(AF_INET, host, &target.sin_addr) != 1) fail("the host is not an IPv4 address");
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) fail("epoll_create1");
  queue = memory_zeroed(connection_count, sizeof *queue);
  source_addresses = 1 + connection_count / PORTS_PER_ADDRESS;
}

static void watch(struct connection *connection, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(poller, operation, connection->descriptor, &event)) fail("epoll_ctl");
}

/* Ten thousand connections from one address would use up its ephemeral ports: all of 127/8 is ours. */
static void bind_source(int descriptor) {
  int on = 1;
  struct sockaddr_in source = {.sin_family = AF_INET};
  if (source_addresses == 1) return;
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + opened % source_addresses);
  setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(descriptor, (struct sockaddr *)&source, sizeof source)) fail("bind");
}

void connection_open(struct connection *connection, const struct connection_handler *handler) {
  int on = 1, descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket");
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bind_source(descriptor);
  opened++;
  connection->handler = handler;
  connection->descriptor = descriptor;
  connection->state = CONNECTION_OPENING;
  if (connect(descriptor, (struct sockaddr *)&target, sizeof target) && errno != EINPROGRESS) fail("connect");
  watch(connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

void connection_close(struct connection *connection) {
  if (connection->state == CONNECTION_CLOSED) return;
  connection->state = CONNECTION_CLOSED;
  close(connection->descriptor);
  connection->handler->on_close(connection);
}

uint8_t *connection_reserve(struct connection *connection, uint32_t length) {
  uint32_t needed = connection->output_length + length;
  if (needed > connection->output_capacity) {
    uint32_t capacity = connection->output_capacity ? connection->output_capacity : 256;
    while (capacity < needed) capacity *= 2;
    connection->output = memory_resize(connection->output, capacity);
    connection->output_capacity = capacity;
  }
  return connection->output + connection->output_length;
}

void connection_commit(struct connection *connection, uint32_t length) {
  connection->output_length += length;
  if (connection->is_queued) return;
  connection->is_queued = 1;
  queue[queue_length++] = connection;
}

void connection_send(struct connection *connection, const uint8_t *bytes, uint32_t length) {
  memcpy(connection_reserve(connection, length), bytes, length);
  connection_commit(connection, length);
}

static void set_blocked(struct connection *connection, int is_blocked) {
  if (connection->is_blocked == is_blocked) return;
  connection->is_blocked = is_blocked;
  watch(connection, EPOLL_CTL_MOD, is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void connection_flush(struct connection *connection) {
  if (connection->state != CONNECTION_OPEN) return;
  while (connection->output_sent < connection->output_length) {
    ssize_t sent = send(connection->descriptor, connection->output + connection->output_sent,
                        connection->output_length - connection->output_sent, MSG_NOSIGNAL);
    if (sent >= 0) connection->output_sent += (uint32_t)sent;
    else if (errno == EAGAIN) { set_blocked(connection, 1); return; }
    else if (errno != EINTR) { connection_close(connection); return; }
  }
  connection->output_sent = connection->output_length = 0;
  set_blocked(connection, 0);
}

void network_flush(void) {
  for (uint32_t i = 0; i < queue_length; i++) {
    queue[i]->is_queued = 0;
    if (!queue[i]->is_blocked) connection_flush(queue[i]);
  }
  queue_length = 0;
}

static void keep_partial(struct connection *connection, const uint8_t *bytes, uint32_t length) {
  if (length > LARGEST_PACKET) { connection_close(connection); return; }
  if (length > connection->partial_capacity) {
    connection->partial_capacity = length < 4096 ? 4096 : length * 2;
    connection->partial = memory_resize(connection->partial, connection->partial_capacity);
  }
  memcpy(connection->partial, bytes, length);
  connection->partial_length = length;
}

static void read_input(struct connection *connection) {
  uint32_t kept = connection->partial_length, at = 0, body_length = 0;
  if (kept) memcpy(scratch, connection->partial, kept);
  ssize_t received = recv(connection->descriptor, scratch + kept, READ_SIZE, 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received <= 0) { connection_close(connection); return; }
  network_time = clock_now();
  uint32_t end = kept + (uint32_t)received;
  while (at < end) {
    uint32_t header = read_header(scratch + at, end - at, &body_length);
    if (!header || end - at - header < body_length) break;
    connection->handler->on_packet(connection, scratch[at], scratch + at + header, body_length);
    if (connection->state == CONNECTION_CLOSED) return;
    at += header + body_length;
  }
  connection->partial_length = 0;
  if (at < end) keep_partial(connection, scratch + at, end - at);
}

static void finish_opening(struct connection *connection) {
  int problem = 0;
  socklen_t size = sizeof problem;
  getsockopt(connection->descriptor, SOL_SOCKET, SO_ERROR, &problem, &size);
  if (problem) { connection_close(connection); return; }
  connection->state = CONNECTION_OPEN;
  watch(connection, EPOLL_CTL_MOD, EPOLLIN);
  connection->handler->on_open(connection);
}

static void handle(struct connection *connection, uint32_t events) {
  if (connection->state == CONNECTION_OPENING) {
    if (events & (EPOLLOUT | EPOLLERR)) finish_opening(connection);
    return;
  }
  if (connection->state == CONNECTION_OPEN && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_input(connection);
  if (connection->state == CONNECTION_OPEN && events & EPOLLOUT) connection_flush(connection);
}

/* epoll_pwait2 because epoll_wait counts milliseconds: too coarse for a schedule of 5,000 messages a second. */
void network_poll(uint64_t timeout) {
  static struct epoll_event events[1024];
  struct timespec wait = {(time_t)(timeout / SECOND), (long)(timeout % SECOND)};
  long count = syscall(SYS_epoll_pwait2, poller, events, 1024, &wait, NULL, 0);
  if (count < 0 && errno != EINTR) fail("epoll_pwait2");
  network_time = clock_now();
  for (long i = 0; i < count; i++) handle(events[i].data.ptr, events[i].events);
  network_flush();
}
