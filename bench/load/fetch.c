/*
 * fetch: reads a topic from a Kafka broker on 127.0.0.1 as fast as the broker gives, and prints one JSON object.
 *
 *   fetch --port P --topic T [--partitions 1] [--connections 1] [--everything] [--max-bytes 52428800] [--partition-bytes 1048576]
 *         [--from N] [--records N] [--seconds 0] [--warm-up 0] [--stamped] [--pid PID]
 *
 * The partitions are shared out over the connections; with --everything each connection reads all of them, as so many groups do. A
 * connection asks again as soon as it has an answer (one request in flight, as a consumer does it), from offset --from on, at the
 * tail with a wait of at most 500 ms. It ends when all connections together have seen --records records, or --seconds after the
 * warm-up, whatever comes first. With --stamped, values begin with the time they were due (generate.c --rate), and the latencies are from there to
 * here. Batches are looked into only as far as is needed for that; no CRC is computed.
 *
 * Fetch v4, without sessions: the same request for every broker.
 */
#define _GNU_SOURCE
#include "measure.h"
#include "wire.h"
#include <getopt.h>
#include <sys/epoll.h>

#define FETCH 1
#define FETCH_VERSION 4
#define MAX_WAIT_MS 500
#define PARTITIONS_MAX 16384
#define BATCH_HEADER 61
#define BATCH_RECORDS 57
#define ANSWER_SLACK 1048576

static int port, partitions = 1, connection_count = 1, max_bytes = 52428800, partition_bytes = 1048576, pid;
static double seconds, warm_up;
static uint64_t from, wanted_records;
static bool everything, stamped;
static const char *topic = "bench";

typedef struct {
  int socket, first, step, count; /* partitions: first, first + step, … */
  uint64_t *offsets;
  uint8_t *request, *answer;
  size_t answer_length, answer_size, answer_room;
  uint32_t correlation;
} Reader;

static Reader *readers;
static int poller;
static bool measuring;
static uint64_t all_records, records, bytes, requests;

static uint32_t get_unsigned_varint(const uint8_t **at) {
  uint32_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = *(*at)++;
    value |= (uint32_t)(byte & 127) << shift;
    if (byte < 128 || shift > 28) return value;
  }
}

static int32_t get_varint(const uint8_t **at) {
  uint32_t value = get_unsigned_varint(at);
  return (int32_t)(value >> 1) ^ -(int32_t)(value & 1);
}

static void send_request(Reader *reader) {
  uint8_t *at = reader->request + 4;
  put16(at, FETCH), put16(at + 2, FETCH_VERSION), put32(at + 4, reader->correlation++), put16(at + 8, 5);
  memcpy(at + 10, "bench", 5);
  at += 15;
  put32(at, 0xffffffff), put32(at + 4, MAX_WAIT_MS), put32(at + 8, 1), put32(at + 12, (uint32_t)max_bytes);
  at[16] = 0; /* uncommitted too */
  put32(at + 17, 1), put16(at + 21, (uint16_t)strlen(topic));
  memcpy(at + 23, topic, strlen(topic));
  at += 23 + strlen(topic);
  put32(at, (uint32_t)reader->count);
  at += 4;
  for (int n = 0; n < reader->count; n++, at += 16)
    put32(at, (uint32_t)(reader->first + n * reader->step)), put64(at + 4, reader->offsets[n]), put32(at + 12, (uint32_t)partition_bytes);
  size_t length = (size_t)(at - reader->request);
  put32(reader->request, (uint32_t)length - 4);
  for (size_t sent = 0; sent < length;) {
    ssize_t n = write(reader->socket, reader->request + sent, length - sent);
    if (n < 0 && errno == EAGAIN) continue; /* a request is small: its socket takes it at once, or nearly */
    if (n <= 0) die("write");
    sent += (size_t)n;
  }
}

/* How long the first record of a batch was on its way. */
static void see_stamp(const uint8_t *batch, uint64_t now) {
  const uint8_t *at = batch + BATCH_HEADER;
  get_varint(&at); /* its length */
  at++;            /* attributes */
  get_varint(&at), get_varint(&at);
  int32_t key = get_varint(&at);
  if (key > 0) at += key;
  if (get_varint(&at) >= 8) add_latency(now - get64(at));
}

static void see_batches(Reader *reader, int slot, const uint8_t *at, size_t length, uint64_t now) {
  while (length >= BATCH_HEADER) {
    size_t size = (size_t)get32(at + 8) + 12;
    if (size > length) return; /* the rest of a batch that did not fit */
    uint64_t last = get64(at) + get32(at + 23);
    if (last >= reader->offsets[slot]) {
      uint32_t count = get32(at + BATCH_RECORDS);
      all_records += count;
      if (measuring) {
        records += count, bytes += size;
        if (stamped) see_stamp(at, now);
      }
      reader->offsets[slot] = last + 1;
    }
    at += size, length -= size;
  }
}

static void see_answer(Reader *reader) {
  uint64_t now = now_ns();
  const uint8_t *at = reader->answer + 4 + 4 + 4; /* size, correlation id, throttle time */
  if (get32(at) != 1) die("an answer without the topic");
  at += 4;
  at += 2 + get16(at);
  uint32_t count = get32(at);
  at += 4;
  for (uint32_t n = 0; n < count; n++) {
    int partition = (int)get32(at);
    if (get16(at + 4) != 0) {
      fprintf(stderr, "fetch: partition %d answers error %d\n", partition, (int16_t)get16(at + 4));
      exit(1);
    }
    int32_t aborted = (int32_t)get32(at + 22);
    at += 26 + (aborted > 0 ? aborted * 16 : 0);
    int32_t length = (int32_t)get32(at);
    at += 4;
    if (length > 0) see_batches(reader, (partition - reader->first) / reader->step, at, (size_t)length, now);
    if (length > 0) at += length;
  }
  if (measuring) requests++;
}

static void on_readable(Reader *reader) {
  for (;;) {
    if (reader->answer_length >= 4 && reader->answer_size == 0) {
      reader->answer_size = (size_t)get32(reader->answer) + 4;
      if (reader->answer_size > reader->answer_room) {
        reader->answer_room = reader->answer_size + ANSWER_SLACK;
        reader->answer = realloc(reader->answer, reader->answer_room);
      }
    }
    if (reader->answer_size > 0 && reader->answer_length == reader->answer_size) {
      see_answer(reader);
      reader->answer_length = reader->answer_size = 0;
      send_request(reader);
      return;
    }
    size_t end = reader->answer_size > 0 ? reader->answer_size : 4;
    ssize_t n = read(reader->socket, reader->answer + reader->answer_length, end - reader->answer_length);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) die("the broker closed the connection");
    reader->answer_length += (size_t)n;
  }
}

static void read_options(int count, char **arguments) {
  static const struct option options[] = {
      {"port", 1, 0, 'p'},      {"topic", 1, 0, 't'},     {"partitions", 1, 0, 'n'},      {"connections", 1, 0, 'c'},
      {"everything", 0, 0, 'e'}, {"max-bytes", 1, 0, 'm'}, {"partition-bytes", 1, 0, 'b'}, {"from", 1, 0, 'f'},
      {"records", 1, 0, 'r'},   {"seconds", 1, 0, 's'},   {"warm-up", 1, 0, 'w'},         {"stamped", 0, 0, 'S'},
      {"pid", 1, 0, 'P'},       {0, 0, 0, 0}};
  for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) switch (option) {
      case 'p': port = atoi(optarg); break;
      case 't': topic = optarg; break;
      case 'n': partitions = atoi(optarg); break;
      case 'c': connection_count = atoi(optarg); break;
      case 'e': everything = true; break;
      case 'm': max_bytes = atoi(optarg); break;
      case 'b': partition_bytes = atoi(optarg); break;
      case 'f': from = (uint64_t)atoll(optarg); break;
      case 'r': wanted_records = (uint64_t)atoll(optarg); break;
      case 's': seconds = atof(optarg); break;
      case 'w': warm_up = atof(optarg); break;
      case 'S': stamped = true; break;
      case 'P': pid = atoi(optarg); break;
      default: exit(2);
    }
  if (port <= 0 || partitions < 1 || partitions > PARTITIONS_MAX || (seconds == 0 && wanted_records == 0)) {
    fprintf(stderr, "fetch: --port is needed, and --seconds or --records; at most %d partitions\n", PARTITIONS_MAX);
    exit(2);
  }
  if (!everything && connection_count > partitions) connection_count = partitions;
}

static void open_readers(void) {
  readers = calloc((size_t)connection_count, sizeof *readers);
  poller = epoll_create1(0);
  for (int n = 0; n < connection_count; n++) {
    Reader *reader = &readers[n];
    reader->first = everything ? 0 : n;
    reader->step = everything ? 1 : connection_count;
    reader->count = (partitions - reader->first + reader->step - 1) / reader->step;
    reader->offsets = malloc(sizeof(uint64_t) * (size_t)reader->count);
    for (int k = 0; k < reader->count; k++) reader->offsets[k] = from;
    reader->request = malloc(256 + 16 * (size_t)reader->count);
    reader->answer_room = ANSWER_SLACK;
    reader->answer = malloc(reader->answer_room);
    reader->socket = dial(port);
    fcntl(reader->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = reader};
    epoll_ctl(poller, EPOLL_CTL_ADD, reader->socket, &event);
    send_request(reader);
  }
}

int main(int count, char **arguments) {
  read_options(count, arguments);
  open_readers();
  uint64_t begin = now_ns() + (uint64_t)(warm_up * 1e9), last_seen = 0, last_change = now_ns();
  double server_before = 0;
  for (bool done = false; !done;) {
    struct epoll_event events[256];
    int ready = epoll_wait(poller, events, 256, 10);
    for (int n = 0; n < ready; n++) on_readable(events[n].data.ptr);
    uint64_t now = now_ns();
    if (!measuring && now >= begin) measuring = true, begin = now, server_before = processor_seconds(pid);
    if (all_records != last_seen) last_seen = all_records, last_change = now;
    if (now - last_change > 60000000000ull) die("no record for 60 s");
    done = (wanted_records > 0 && all_records >= wanted_records) || (seconds > 0 && measuring && (double)(now - begin) >= seconds * 1e9);
  }
  double took = (double)(now_ns() - begin) / 1e9;
  printf("{\"seconds\":%.3f,\"requests\":%lu,\"bytes\":%lu,\"records\":%lu,\"all_records\":%lu,\"server_seconds\":%.2f,"
         "\"latency_ms\":{\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}}\n",
         took, requests, bytes, records, all_records, processor_seconds(pid) - server_before, latency_ms(.5), latency_ms(.99),
         latency_ms(.999), (double)latency_max / 1e6);
  return 0;
}
