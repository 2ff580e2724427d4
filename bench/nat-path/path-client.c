/*
 * The two ends of a path, for bench/nat-path.bench.ts: as little as possible of its own beside what the kernel does.
 *   path-client serve PORT                     answers each byte over TCP and each datagram over UDP with itself, until its standard input ends
 *   path-client MEASURE ADDRESS PORT SECONDS   prints "COUNT SECONDS FAILURES"; MEASURE is one of
 *     connections    connect, one byte there and back, reset: a connection each time
 *     tcp            one byte there and back on one connection
 *     udp            the same with datagrams on one socket
 *     flows          the same with a socket, and so a flow, each time
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_sockets = 1024, answer_timeout_ms = 300 };

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in address_of(const char *host, const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fail("address");
  return address;
}

static int listen_on(int type, const char *port) {
  struct sockaddr_in any = address_of("0.0.0.0", port);
  int one = 1, handle = socket(AF_INET, type | SOCK_NONBLOCK, 0);
  setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(handle, (struct sockaddr *)&any, sizeof any)) fail("bind");
  if (type == SOCK_STREAM && listen(handle, 4096)) fail("listen");
  return handle;
}

static void answer_datagrams(int handle) {
  char bytes[2048];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  ssize_t length;
  while ((length = recvfrom(handle, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size)) >= 0)
    sendto(handle, bytes, length, 0, (struct sockaddr *)&from, size);
}

/* Slots: 0 standard input, 1 the TCP listener, 2 the UDP socket, then connections. */
static int serve(const char *port) {
  static struct pollfd slots[most_sockets];
  int used = 3, one = 1;
  slots[0] = (struct pollfd){.fd = 0, .events = POLLIN};
  slots[1] = (struct pollfd){.fd = listen_on(SOCK_STREAM, port), .events = POLLIN};
  slots[2] = (struct pollfd){.fd = listen_on(SOCK_DGRAM, port), .events = POLLIN};
  for (;;) {
    if (poll(slots, used, -1) < 0) fail("poll");
    if (slots[0].revents) return 0;
    if (slots[2].revents) answer_datagrams(slots[2].fd);
    for (int slot = used - 1; slot > 2; slot--) {
      char bytes[4096];
      if (!slots[slot].revents) continue;
      ssize_t length = read(slots[slot].fd, bytes, sizeof bytes);
      if (length > 0 && write(slots[slot].fd, bytes, length) == length) continue;
      close(slots[slot].fd);
      slots[slot] = slots[--used];
    }
    if (slots[1].revents) {
      int connection;
      while (used < most_sockets && (connection = accept(slots[1].fd, NULL, NULL)) >= 0) {
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        slots[used++] = (struct pollfd){.fd = connection, .events = POLLIN};
      }
    }
  }
}

static int open_to(int type, const struct sockaddr_in *to) {
  struct timeval patience = {.tv_usec = answer_timeout_ms * 1000};
  int one = 1, handle = socket(AF_INET, type, 0);
  setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (type == SOCK_STREAM) {
    /* Reset on close: no TIME_WAIT uses the ports up. */
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(handle, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  if (connect(handle, (const struct sockaddr *)to, sizeof *to) == 0) return handle;
  close(handle);
  return -1;
}

static int there_and_back(int handle) {
  char byte = 'x';
  return handle >= 0 && send(handle, &byte, 1, MSG_NOSIGNAL) == 1 && recv(handle, &byte, 1, 0) == 1;
}

static int measure(const char *name, const struct sockaddr_in *to, double seconds) {
  int is_stream = !strcmp(name, "connections") || !strcmp(name, "tcp");
  int is_new_each_time = !strcmp(name, "connections") || !strcmp(name, "flows");
  if (!is_stream && !is_new_each_time && strcmp(name, "udp")) return 2;
  int type = is_stream ? SOCK_STREAM : SOCK_DGRAM, handle = -1;
  long count = 0, failures = 0;
  double start = seconds_now(), now;
  while ((now = seconds_now()) - start < seconds) {
    if (handle < 0) handle = open_to(type, to);
    if (there_and_back(handle)) count++;
    else failures++;
    if (is_new_each_time && handle >= 0) {
      close(handle);
      handle = -1;
    }
  }
  printf("%ld %.3f %ld\n", count, now - start, failures);
  return 0;
}

int main(int count, char **words) {
  if (count == 3 && !strcmp(words[1], "serve")) return serve(words[2]);
  if (count != 5) return 2;
  struct sockaddr_in to = address_of(words[2], words[3]);
  return measure(words[1], &to, atof(words[4]));
}
