/*
 * append: appends to NATS JetStream or to Redis streams on 127.0.0.1 as fast as the server answers, and prints one JSON object: what
 * generate.c does to a Kafka broker, for peers that speak something else.
 *
 *   append --protocol nats|redis --port P [--name bench] [--streams 4] [--connections 20] [--in-flight 5] [--value-bytes 100]
 *          [--seconds 5] [--warm-up 1] [--pid PID]
 *
 * Each connection has one stream (number n modulo --streams) and a window of unanswered appends of one record each. JetStream: a PUB
 * with a reply subject, answered when the record is stored. Redis: XADD with an id of the server's making, answered by that id. At the end every
 * append is waited for, and `held` is what the server says is in the streams: it must equal `acknowledged`.
 */
#define _GNU_SOURCE
#include "measure.h"
#include "wire.h"
#include <getopt.h>
#include <sys/epoll.h>

#define IN_FLIGHT_MAX 1024
#define ANSWER_BYTES_MAX 262144
#define REQUEST_MAX (1 << 21)

static int port, streams = 4, connection_count = 20, in_flight = 5, value_bytes = 100, pid;
static double seconds = 5, warm_up = 1;
static const char *name = "bench";
static bool is_nats;

typedef struct {
  int socket, outstanding;
  size_t request_length, sent;
  bool sending, wants_out;
  uint64_t started[IN_FLIGHT_MAX];
  uint32_t first, next;
  uint8_t *request;
  char answers[ANSWER_BYTES_MAX + 1];
  size_t answer_length;
} Connection;

static Connection *connections;
static int poller;
static bool measuring, stopping;
static uint64_t appends, acknowledged;

static void must_write(int socket, const char *text, size_t length) {
  for (size_t sent = 0; sent < length;) {
    ssize_t n = write(socket, text + sent, length - sent);
    if (n <= 0) die("write");
    sent += (size_t)n;
  }
}

/* Reads until the text has come, which must be within the buffer; answers where it begins. */
static char *read_until(int socket, char *into, size_t room, const char *wanted) {
  for (size_t got = 0; got < room - 1;) {
    ssize_t n = read(socket, into + got, room - 1 - got);
    if (n <= 0) die("the server closed the connection");
    got += (size_t)n;
    into[got] = 0;
    char *found = strstr(into, wanted);
    if (found && strchr(found, '\n')) return found;
  }
  die("an answer that is not understood");
  return NULL;
}

/* One question of JetStream's API on a connection of its own; answers the value behind `wanted`, or ends the program. */
static uint64_t nats_ask(const char *subject, const char *body, const char *wanted) {
  char text[1024], answer[16384];
  int socket = dial(port);
  read_until(socket, answer, sizeof answer, "INFO ");
  int length = snprintf(text, sizeof text, "CONNECT {\"verbose\":false}\r\nSUB _I.ask 1\r\nPUB %s _I.ask %zu\r\n%s\r\n", subject, strlen(body), body);
  must_write(socket, text, (size_t)length);
  char *found = read_until(socket, answer, sizeof answer, "{\"type\"");
  if (strstr(found, "\"error\"")) {
    fprintf(stderr, "append: %s: %s\n", subject, found);
    exit(1);
  }
  char *value = strstr(found, wanted);
  close(socket);
  return value ? strtoull(value + strlen(wanted), NULL, 10) : 0;
}

static uint64_t redis_length(const char *stream) {
  char text[256], answer[256];
  int socket = dial(port), length = snprintf(text, sizeof text, "*2\r\n$4\r\nXLEN\r\n$%zu\r\n%s\r\n", strlen(stream), stream);
  must_write(socket, text, (size_t)length);
  char *found = read_until(socket, answer, sizeof answer, ":");
  close(socket);
  return strtoull(found + 1, NULL, 10);
}

static void make_streams(void) {
  for (int n = 0; is_nats && n < streams; n++) {
    char subject[256], body[256];
    snprintf(subject, sizeof subject, "$JS.API.STREAM.CREATE.%s-%d", name, n);
    snprintf(body, sizeof body, "{\"name\":\"%s-%d\",\"subjects\":[\"%s.%d\"],\"storage\":\"file\",\"num_replicas\":1}", name, n, name, n);
    nats_ask(subject, body, "\"created\"");
  }
}

static uint64_t held(void) {
  uint64_t sum = 0;
  for (int n = 0; n < streams; n++) {
    char text[256];
    snprintf(text, sizeof text, is_nats ? "$JS.API.STREAM.INFO.%s-%d" : "%s-%d", name, n);
    sum += is_nats ? nats_ask(text, "", "\"messages\":") : redis_length(text);
  }
  return sum;
}

static void make_request(Connection *connection, int number) {
  char *at = (char *)(connection->request = malloc(REQUEST_MAX));
  int stream = number % streams;
  if (is_nats)
    at += sprintf(at, "PUB %s.%d _I.%d %d\r\n", name, stream, number, value_bytes);
  else
    at += sprintf(at, "*5\r\n$4\r\nXADD\r\n$%d\r\n%s-%d\r\n$1\r\n*\r\n$1\r\nv\r\n$%d\r\n", snprintf(NULL, 0, "%s-%d", name, stream), name, stream, value_bytes);
  uint64_t random = 88172645463325252ull;
  for (int k = 0; k < value_bytes; k++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    *at++ = (char)random;
  }
  *at++ = '\r', *at++ = '\n';
  connection->request_length = (size_t)(at - (char *)connection->request);
}

static void open_connections(void) {
  connections = calloc((size_t)connection_count, sizeof *connections);
  poller = epoll_create1(0);
  for (int n = 0; n < connection_count; n++) {
    Connection *connection = &connections[n];
    connection->socket = dial(port);
    if (is_nats) {
      char text[256];
      read_until(connection->socket, connection->answers, ANSWER_BYTES_MAX, "INFO ");
      must_write(connection->socket, text, (size_t)snprintf(text, sizeof text, "CONNECT {\"verbose\":false}\r\nSUB _I.%d 1\r\n", n));
    }
    make_request(connection, n);
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event);
  }
}

static void watch(Connection *connection, bool out) {
  if (connection->wants_out == out) return;
  connection->wants_out = out;
  struct epoll_event event = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = connection};
  epoll_ctl(poller, EPOLL_CTL_MOD, connection->socket, &event);
}

static bool send_rest(Connection *connection) {
  while (connection->sent < connection->request_length) {
    ssize_t n = write(connection->socket, connection->request + connection->sent, connection->request_length - connection->sent);
    if (n < 0 && errno == EAGAIN) return watch(connection, true), false;
    if (n < 0) die("write");
    connection->sent += (size_t)n;
  }
  connection->sending = false;
  watch(connection, false);
  return true;
}

static void fill_window(Connection *connection) {
  if (connection->sending && !send_rest(connection)) return;
  while (!stopping && connection->outstanding < in_flight) {
    connection->started[connection->next++ % IN_FLIGHT_MAX] = now_ns();
    connection->outstanding++;
    connection->sent = 0;
    connection->sending = true;
    if (!send_rest(connection)) return;
  }
}

static void on_stored(Connection *connection, uint64_t now) {
  uint64_t started = connection->started[connection->first++ % IN_FLIGHT_MAX];
  connection->outstanding--;
  acknowledged++;
  if (!measuring) return;
  appends++;
  add_latency(now - started);
}

/* How much of the text is one whole answer, 0 for none yet: `MSG _I.n 1 len␍␊…␍␊` or `$len␍␊id␍␊`. */
static size_t answer_at(Connection *connection, char *text) {
  char *line = strstr(text, "\r\n");
  if (!line) return 0;
  if (is_nats && strncmp(text, "PING", 4) == 0) {
    must_write(connection->socket, "PONG\r\n", 6);
    return (size_t)(line + 2 - text);
  }
  bool known = is_nats ? strncmp(text, "MSG ", 4) == 0 : *text == '$';
  char *space = line;
  while (is_nats && *space != ' ') space--;
  size_t length = known ? (size_t)(line + 2 - text) + strtoull(is_nats ? space + 1 : text + 1, NULL, 10) + 2 : 0;
  if (!known || (is_nats && strlen(text) >= length && !memmem(text, length, "\"seq\"", 5))) {
    fprintf(stderr, "append: the server refused: %.200s\n", text);
    exit(1);
  }
  if (strlen(text) < length) return 0;
  on_stored(connection, now_ns());
  return length;
}

static void on_readable(Connection *connection) {
  ssize_t n = read(connection->socket, connection->answers + connection->answer_length, ANSWER_BYTES_MAX - connection->answer_length);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) die("the server closed the connection");
  connection->answer_length += (size_t)n;
  connection->answers[connection->answer_length] = 0;
  size_t at = 0;
  for (size_t step; at < connection->answer_length && (step = answer_at(connection, connection->answers + at)) > 0;) at += step;
  memmove(connection->answers, connection->answers + at, connection->answer_length - at);
  connection->answer_length -= at;
}

static void read_options(int count, char **arguments) {
  static const struct option options[] = {
      {"protocol", 1, 0, 'o'},    {"port", 1, 0, 'p'},    {"name", 1, 0, 't'},    {"streams", 1, 0, 'n'}, {"connections", 1, 0, 'c'}, {"in-flight", 1, 0, 'i'},
      {"value-bytes", 1, 0, 'b'}, {"seconds", 1, 0, 's'}, {"warm-up", 1, 0, 'w'}, {"pid", 1, 0, 'P'},     {0, 0, 0, 0}};
  for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) switch (option) {
      case 'o': is_nats = strcmp(optarg, "nats") == 0; break;
      case 'p': port = atoi(optarg); break;
      case 't': name = optarg; break;
      case 'n': streams = atoi(optarg); break;
      case 'c': connection_count = atoi(optarg); break;
      case 'i': in_flight = atoi(optarg); break;
      case 'b': value_bytes = atoi(optarg); break;
      case 's': seconds = atof(optarg); break;
      case 'w': warm_up = atof(optarg); break;
      case 'P': pid = atoi(optarg); break;
      default: exit(2);
    }
  if (port <= 0 || in_flight > IN_FLIGHT_MAX || value_bytes > REQUEST_MAX / 2) {
    fprintf(stderr, "append: --port is needed, --in-flight at most %d, --value-bytes at most %d\n", IN_FLIGHT_MAX, REQUEST_MAX / 2);
    exit(2);
  }
}

int main(int count, char **arguments) {
  read_options(count, arguments);
  make_streams();
  open_connections();
  for (int n = 0; n < connection_count; n++) fill_window(&connections[n]);
  uint64_t begin = now_ns() + (uint64_t)(warm_up * 1e9), end = begin + (uint64_t)(seconds * 1e9), measured_ns = 0, sent = 0;
  double server_before = 0, server_used = 0;
  do {
    struct epoll_event events[256];
    int ready = epoll_wait(poller, events, 256, 10);
    for (int n = 0; n < ready; n++) {
      if (events[n].events & ~(uint32_t)EPOLLOUT) on_readable(events[n].data.ptr);
      fill_window(events[n].data.ptr);
    }
    uint64_t now = now_ns();
    if (!measuring && !stopping && now >= begin) measuring = true, begin = now, end = now + (uint64_t)(seconds * 1e9), server_before = processor_seconds(pid);
    if (measuring && now >= end) measuring = false, stopping = true, measured_ns = now - begin, server_used = processor_seconds(pid) - server_before;
    if (stopping && now > end + 60000000000ull) die("appends without an answer for 60 s");
    sent = 0;
    for (int n = 0; n < connection_count; n++) sent += (uint64_t)connections[n].outstanding;
  } while (!stopping || sent > 0);
  printf("{\"seconds\":%.3f,\"requests\":%lu,\"acknowledged\":%lu,\"held\":%lu,\"server_seconds\":%.2f,"
         "\"latency_ms\":{\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}}\n",
         (double)measured_ns / 1e9, appends, acknowledged, held(), server_used, latency_ms(.5), latency_ms(.99), latency_ms(.999),
         (double)latency_max / 1e6);
  return 0;
}
