/*
 * generate: produces to a Kafka broker on 127.0.0.1 as fast as the broker answers, and prints one JSON object.
 *
 *   generate --port P --topic T [--partitions 1] [--connections 1] [--in-flight 5] [--records 1] [--value-bytes 100]
 *            [--seconds 5] [--warm-up 1] [--warm-up-mebibytes 0] [--pid PID] [--rate 0] [--spread] [--keyed]
 *            [--records-from FILE --codec N]
 *
 * Every connection is an idempotent producer with one partition and a window of unanswered requests (closed loop). A request
 * is encoded once; each sending patches the correlation id, the batch's base sequence and its CRC. The CRC of the records is
 * known from the start and is shifted behind that of the 40 header bytes, so a request of 1 MiB costs one writev and nothing else.
 * With --spread the partitions are shared out over the connections and each goes round its own, one request a partition.
 * With --keyed record n of every batch has the key n (four bytes): each batch replaces the one before. With --records-from the records
 * come from a file, as they stand in a batch behind its header, compressed with codec N; --records says how many there are.
 * At the end every request is waited for: `acknowledged_records` counts all of the run, warm-up included, and must equal
 * what the log holds. The figures cover `--seconds` after the warm-up, which lasts so long and
 * until so much is acknowledged; with --pid also that process's processor time.
 *
 * With --rate R it is an open loop instead: request k is due k/R seconds after the start, on the connections in turn, and its latency
 * counts from then, also when the window was full. The first eight bytes of its first value say when that was (CLOCK_MONOTONIC, ns),
 * so fetch.c can tell how long the record took from one end to the other.
 *
 * Produce v9 (acks=all), InitProducerId v0.
 */
#define _GNU_SOURCE
#include "crc-shift.h"
#include "measure.h"
#include "wire.h"
#include <getopt.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define PRODUCE_VERSION 9
#define IN_FLIGHT_MAX 1024
#define RECORDS_MAX (16 << 20)
#define ANSWER_BYTES_MAX 65536
#define BATCH_HEADER 61
#define BATCH_CRC 17
#define BATCH_CRC_FROM 21
#define BATCH_SEQUENCE 53

/* ── options ── */
static int port, partitions = 1, connection_count = 1, in_flight = 5, record_count = 1, value_bytes = 100, pid;
static int codec;
static double seconds = 5, warm_up = 1, rate;
static uint64_t warm_up_bytes;
static const char *topic = "bench", *records_file;

static double own_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ── connections ── */
typedef struct {
  int socket, outstanding, partition, own; /* partitions: partition, partition + connections, … */
  uint32_t correlation;
  uint8_t head[512]; /* frame size, headers, and the batch's header; the records are shared by all */
  size_t head_length, partition_at, batch_at, sent;
  bool sending, wants_out;
  uint8_t *records; /* shared by all, but for the stamped ones of an open loop */
  uint64_t started[IN_FLIGHT_MAX];
  uint32_t first, next; /* ring of start times */
  uint8_t answers[ANSWER_BYTES_MAX];
  size_t answer_length;
} Connection;

static Connection *connections;
static int poller;
static uint8_t *records; /* the records of a batch, and the tagged fields that end the request */
static size_t records_length, tail_length, stamp_at;
static uint32_t records_crc;
static bool measuring, stopping, spread, keyed;
static uint64_t requests, acknowledged_requests, errors, first_error, bytes_per_request;

static void must_read(int socket, uint8_t *into, size_t length) {
  for (size_t got = 0; got < length;) {
    ssize_t n = read(socket, into + got, length - got);
    if (n <= 0) die("the broker closed the connection");
    got += (size_t)n;
  }
}

/* A producer id of its own, asked for again while the broker is not ready to give one. */
static void init_producer(int socket, int64_t *id, int16_t *epoch) {
  uint8_t request[] = {0, 0, 0, 16, 0, INIT_PRODUCER_ID, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xea, 0x60};
  for (int tries = 0; tries < 200; tries++) {
    uint8_t size[4], answer[64];
    if (write(socket, request, sizeof request) != sizeof request) die("write");
    must_read(socket, size, 4);
    if (get32(size) > sizeof answer) die("a strange answer to InitProducerId");
    must_read(socket, answer, get32(size));
    if (get16(answer + 8) == 0) {
      *id = (int64_t)get64(answer + 10);
      *epoch = (int16_t)get16(answer + 18);
      return;
    }
    usleep(20000);
  }
  die("InitProducerId was refused 200 times");
}

static uint8_t *read_records(void) {
  FILE *file = fopen(records_file, "rb");
  if (!file) die(records_file);
  records = malloc(RECORDS_MAX + 8);
  size_t length = fread(records, 1, RECORDS_MAX, file);
  if (length == 0 || length == RECORDS_MAX) die("records of 1 byte to 16 MiB are wanted");
  fclose(file);
  return records + length;
}

static uint8_t *make_up_records(void) {
  records = malloc((size_t)record_count * (size_t)(value_bytes + 36) + 8);
  uint8_t *at = records;
  uint64_t random = 88172645463325252ull;
  for (int n = 0; n < record_count; n++) {
    uint8_t front[36], *end = front;
    *end++ = 0; /* attributes */
    *end++ = 0; /* timestamp delta */
    end = put_varint(end, n);
    end = put_varint(end, keyed ? 4 : -1);
    if (keyed) put32(end, (uint32_t)n), end += 4;
    end = put_varint(end, value_bytes);
    at = put_varint(at, (int32_t)(end - front) + value_bytes + 1);
    memcpy(at, front, (size_t)(end - front));
    at += end - front;
    if (n == 0) stamp_at = (size_t)(at - records);
    for (int k = 0; k < value_bytes; k++) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      *at++ = (uint8_t)random;
    }
    *at++ = 0; /* no headers */
  }
  return at;
}

static void make_records(void) {
  uint8_t *at = records_file ? read_records() : make_up_records();
  records_length = (size_t)(at - records);
  records_crc = crc32c(0, records, records_length);
  prepare_shift(records_length);
  memset(at, 0, 3); /* tagged fields of partition, topic and request */
  tail_length = records_length + 3;
}

static void make_request(Connection *connection, int64_t producer, int16_t epoch) {
  uint8_t *at = connection->head + 4;
  put16(at, PRODUCE), put16(at + 2, PRODUCE_VERSION), put32(at + 4, 0), put16(at + 8, 5);
  memcpy(at + 10, "bench", 5);
  at += 15;
  *at++ = 0; /* tagged fields of the header */
  *at++ = 0; /* no transactional id */
  put16(at, 0xffff), put32(at + 2, 30000); /* acks=all, timeout */
  at += 6;
  *at++ = 2; /* one topic */
  at = put_unsigned_varint(at, (uint32_t)strlen(topic) + 1);
  memcpy(at, topic, strlen(topic));
  at += strlen(topic);
  *at++ = 2; /* one partition */
  connection->partition_at = (size_t)(at - connection->head);
  at = put_unsigned_varint(at + 4, (uint32_t)(BATCH_HEADER + records_length) + 1);
  memset(at, 0, BATCH_HEADER);
  put32(at + 8, (uint32_t)(BATCH_HEADER + records_length - 12));
  put32(at + 12, 0xffffffff);
  at[16] = 2; /* magic */
  put16(at + 21, (uint16_t)codec);
  put32(at + 23, (uint32_t)record_count - 1);
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
  put64(at + 27, ms), put64(at + 35, ms), put64(at + 43, (uint64_t)producer), put16(at + 51, (uint16_t)epoch);
  put32(at + 57, (uint32_t)record_count);
  connection->batch_at = (size_t)(at - connection->head);
  connection->head_length = connection->batch_at + BATCH_HEADER;
  bytes_per_request = connection->head_length + tail_length;
  put32(connection->head, (uint32_t)bytes_per_request - 4);
}

static void watch(Connection *connection, bool out) {
  if (connection->wants_out == out) return;
  connection->wants_out = out;
  struct epoll_event event = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = connection};
  epoll_ctl(poller, EPOLL_CTL_MOD, connection->socket, &event);
}

/* Goes on sending; false when the socket takes no more. */
static bool send_rest(Connection *connection) {
  while (connection->sent < bytes_per_request) {
    size_t sent = connection->sent, head = connection->head_length;
    struct iovec parts[2] = {
        {connection->head + sent, sent < head ? head - sent : 0},
        {connection->records + (sent < head ? 0 : sent - head), tail_length - (sent < head ? 0 : sent - head)},
    };
    int skip = sent < head ? 0 : 1;
    ssize_t n = writev(connection->socket, parts + skip, 2 - skip);
    if (n < 0 && errno == EAGAIN) {
      watch(connection, true);
      return false;
    }
    if (n < 0) die("write");
    connection->sent += (size_t)n;
  }
  connection->sending = false;
  watch(connection, false);
  return true;
}

/* Into the value of the first record, behind its front. */
static uint32_t stamp(Connection *connection, uint64_t due) {
  put64(connection->records + stamp_at, due);
  return crc32c(0, connection->records, records_length);
}

static void begin_request(Connection *connection, uint64_t due) {
  uint8_t *batch = connection->head + connection->batch_at;
  uint32_t turn = connection->correlation / (uint32_t)connection->own, place = connection->correlation % (uint32_t)connection->own;
  put32(connection->head + 8, connection->correlation++);
  put32(connection->head + connection->partition_at, (uint32_t)connection->partition + place * (uint32_t)connection_count);
  put32(batch + BATCH_SEQUENCE, turn * (uint32_t)record_count & 0x7fffffff);
  uint32_t crc = crc32c(0, batch + BATCH_CRC_FROM, BATCH_HEADER - BATCH_CRC_FROM);
  put32(batch + BATCH_CRC, times(shift_of_bit, crc) ^ (rate > 0 ? stamp(connection, due) : records_crc));
  connection->started[connection->next++ % IN_FLIGHT_MAX] = due;
  connection->outstanding++;
  connection->sent = 0;
  connection->sending = true;
}

static void fill_window(Connection *connection) {
  if (connection->sending && !send_rest(connection)) return;
  while (rate == 0 && !stopping && connection->outstanding < in_flight) {
    begin_request(connection, now_ns());
    if (!send_rest(connection)) return;
  }
}

/* Open loop: sends what is due, in order; a full window holds it up, and its latency shows that. */
static uint64_t loop_began, loop_sent;

static uint64_t due_of(uint64_t request) { return loop_began + (uint64_t)((double)request * 1e9 / rate); }

static void send_due(void) {
  while (!stopping && due_of(loop_sent) <= now_ns()) {
    Connection *connection = &connections[loop_sent % (uint64_t)connection_count];
    if (connection->sending || connection->outstanding >= in_flight) return;
    begin_request(connection, due_of(loop_sent++));
    send_rest(connection);
  }
}

static void on_answer(Connection *connection, const uint8_t *answer, uint64_t now) {
  uint64_t started = connection->started[connection->first % IN_FLIGHT_MAX];
  if (get32(answer) != connection->first) die("an answer out of order");
  connection->first++;
  connection->outstanding--;
  size_t error_at = 4 + 1 + 1 + 1 + strlen(topic) + 1 + 4; /* id, tags, topics, name, partitions, index */
  uint16_t error = get16(answer + error_at);
  if (error != 0) {
    errors++;
    if (first_error == 0) first_error = error;
    return;
  }
  acknowledged_requests++;
  if (!measuring) return;
  requests++;
  add_latency(now - started);
}

static void on_readable(Connection *connection) {
  ssize_t n = read(connection->socket, connection->answers + connection->answer_length,
                   ANSWER_BYTES_MAX - connection->answer_length);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) die("the broker closed the connection");
  connection->answer_length += (size_t)n;
  uint64_t now = now_ns();
  size_t at = 0;
  while (connection->answer_length - at >= 4) {
    size_t length = get32(connection->answers + at);
    if (connection->answer_length - at - 4 < length) break;
    on_answer(connection, connection->answers + at + 4, now);
    at += 4 + length;
  }
  memmove(connection->answers, connection->answers + at, connection->answer_length - at);
  connection->answer_length -= at;
}

static void read_options(int count, char **arguments) {
  static const struct option options[] = {
      {"port", 1, 0, 'p'},        {"topic", 1, 0, 't'},   {"partitions", 1, 0, 'n'}, {"connections", 1, 0, 'c'},
      {"in-flight", 1, 0, 'i'},   {"records", 1, 0, 'r'}, {"value-bytes", 1, 0, 'b'}, {"seconds", 1, 0, 's'},
      {"warm-up", 1, 0, 'w'},     {"warm-up-mebibytes", 1, 0, 'm'},     {"pid", 1, 0, 'P'},
      {"rate", 1, 0, 'R'},        {"spread", 0, 0, 'x'},   {"keyed", 0, 0, 'k'},
      {"records-from", 1, 0, 'F'}, {"codec", 1, 0, 'C'},  {0, 0, 0, 0}};
  for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) switch (option) {
      case 'p': port = atoi(optarg); break;
      case 't': topic = optarg; break;
      case 'n': partitions = atoi(optarg); break;
      case 'c': connection_count = atoi(optarg); break;
      case 'i': in_flight = atoi(optarg); break;
      case 'r': record_count = atoi(optarg); break;
      case 'b': value_bytes = atoi(optarg); break;
      case 's': seconds = atof(optarg); break;
      case 'w': warm_up = atof(optarg); break;
      case 'm': warm_up_bytes = (uint64_t)atoll(optarg) << 20; break;
      case 'P': pid = atoi(optarg); break;
      case 'x': spread = true; break;
      case 'k': keyed = true; break;
      case 'F': records_file = optarg; break;
      case 'C': codec = atoi(optarg); break;
      case 'R': rate = atof(optarg); break;
      default: exit(2);
    }
  if (spread && connection_count > partitions) connection_count = partitions;
  if (rate < 0 || (rate > 0 && (value_bytes < 8 || records_file))) {
    fprintf(stderr, "generate: --rate wants a number above 0, values of at least 8 bytes, and no --records-from\n");
    exit(2);
  }
  if (port <= 0 || in_flight > IN_FLIGHT_MAX || strlen(topic) > 100) {
    fprintf(stderr, "generate: --port is needed, --in-flight at most %d, --topic at most 100 bytes\n", IN_FLIGHT_MAX);
    exit(2);
  }
}

static void open_connections(void) {
  connections = calloc((size_t)connection_count, sizeof *connections);
  poller = epoll_create1(0);
  for (int n = 0; n < connection_count; n++) {
    Connection *connection = &connections[n];
    int64_t producer;
    int16_t epoch;
    connection->socket = dial(port);
    connection->partition = n % partitions;
    connection->own = spread ? (partitions - n + connection_count - 1) / connection_count : 1;
    init_producer(connection->socket, &producer, &epoch);
    make_request(connection, producer, epoch);
    connection->records = rate > 0 ? memcpy(malloc(tail_length), records, tail_length) : records;
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event);
  }
}

static int outstanding_requests(void) {
  int sum = 0;
  for (int n = 0; n < connection_count; n++) sum += connections[n].outstanding;
  return sum;
}

/* Until something happens, in an open loop until the next request is due: a timer of whole milliseconds would show in every latency. */
static int wait_for(struct epoll_event *events, int most) {
  if (rate == 0 || stopping) return epoll_wait(poller, events, most, 10);
  uint64_t due = due_of(loop_sent), now = now_ns(), left = due > now ? due - now : 0;
  struct timespec timeout = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
  return epoll_pwait2(poller, events, most, &timeout, NULL);
}

int main(int count, char **arguments) {
  read_options(count, arguments);
  make_records();
  open_connections();
  prctl(PR_SET_TIMERSLACK, 1);
  loop_began = now_ns();
  for (int n = 0; n < connection_count; n++) fill_window(&connections[n]);
  uint64_t begin = now_ns() + (uint64_t)(warm_up * 1e9), end = begin + (uint64_t)(seconds * 1e9), measured_ns = 0;
  double server_before = 0, own_before = 0, server_used = 0, own_used = 0;
  while (!stopping || outstanding_requests() > 0) {
    struct epoll_event events[256];
    int ready = wait_for(events, 256);
    for (int n = 0; n < ready; n++) {
      Connection *connection = events[n].data.ptr;
      if (events[n].events & ~(uint32_t)EPOLLOUT) on_readable(connection);
      fill_window(connection);
    }
    if (rate > 0) send_due();
    uint64_t now = now_ns();
    bool warm = now >= begin && acknowledged_requests * bytes_per_request >= warm_up_bytes;
    if (!measuring && !stopping && warm) {
      measuring = true, begin = now, end = now + (uint64_t)(seconds * 1e9);
      server_before = processor_seconds(pid), own_before = own_seconds();
    } else if (measuring && now >= end) {
      measuring = false, stopping = true, measured_ns = now - begin;
      server_used = processor_seconds(pid) - server_before, own_used = own_seconds() - own_before;
    } else if (stopping && now > end + 60000000000ull)
      die("requests without an answer for 60 s");
  }
  printf("{\"seconds\":%.3f,\"requests\":%lu,\"bytes\":%lu,\"acknowledged_records\":%lu,\"errors\":%lu,"
         "\"first_error\":%lu,\"server_seconds\":%.2f,\"load_seconds\":%.2f,"
         "\"latency_ms\":{\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}}\n",
         (double)measured_ns / 1e9, requests, requests * bytes_per_request,
         acknowledged_requests * (uint64_t)record_count, errors, first_error, server_used, own_used, latency_ms(.5),
         latency_ms(.99), latency_ms(.999), (double)latency_max / 1e6);
  return errors ? 1 : 0;
}
