/*
 * rdkafka: librdkafka with its defaults, as other people's programs use it.
 *
 *   rdkafka produce|consume BOOTSTRAP TOPIC RECORDS BYTES GROUP
 *
 * produce: so many records of random bytes, until all are acknowledged (acks=all is the default). consume: a group of one reads the topic from
 * its start; the time counts from its first record. Prints {"records":N,"seconds":S}. Ends with 1 at the first record that is refused.
 */
#include "wire.h"
#include <librdkafka/rdkafka.h>

#define QUEUE_FULL_WAIT_MS 100
#define NOTHING_FOR_S 60

static uint64_t acknowledged;

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque) {
  (void)producer, (void)opaque;
  if (message->err) {
    fprintf(stderr, "rdkafka: refused: %s\n", rd_kafka_err2str(message->err));
    exit(1);
  }
  acknowledged++;
}

static void set(rd_kafka_conf_t *settings, const char *name, const char *value) {
  char why[512];
  if (rd_kafka_conf_set(settings, name, value, why, sizeof why) == RD_KAFKA_CONF_OK) return;
  fprintf(stderr, "rdkafka: %s\n", why);
  exit(2);
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *settings) {
  char why[512];
  rd_kafka_t *made = rd_kafka_new(type, settings, why, sizeof why);
  if (made) return made;
  fprintf(stderr, "rdkafka: %s\n", why);
  exit(2);
}

static double produce(rd_kafka_conf_t *settings, const char *topic, uint64_t records, size_t bytes) {
  uint8_t *value = malloc(bytes);
  uint64_t random = 88172645463325252ull;
  for (size_t n = 0; n < bytes; n++) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    value[n] = (uint8_t)random;
  }
  rd_kafka_conf_set_dr_msg_cb(settings, on_delivery);
  rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, settings);
  uint64_t began = now_ns();
  for (uint64_t sent = 0; sent < records;) {
    rd_kafka_resp_err_t error = rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_VALUE(value, bytes),
                                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (!error) sent++;
    else if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) die(rd_kafka_err2str(error));
    rd_kafka_poll(producer, error ? QUEUE_FULL_WAIT_MS : 0);
  }
  while (acknowledged < records) rd_kafka_poll(producer, QUEUE_FULL_WAIT_MS);
  double took = (double)(now_ns() - began) / 1e9;
  rd_kafka_destroy(producer);
  return took;
}

static double consume(rd_kafka_conf_t *settings, const char *topic, const char *group, uint64_t records) {
  set(settings, "group.id", group);
  set(settings, "auto.offset.reset", "earliest");
  rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, settings);
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
  if (rd_kafka_subscribe(consumer, topics)) die("subscribe");
  uint64_t began = 0, heard = now_ns();
  for (uint64_t seen = 0; seen < records;) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, QUEUE_FULL_WAIT_MS);
    if (message && !message->err) {
      heard = now_ns();
      if (seen++ == 0) began = heard;
    }
    if (message) rd_kafka_message_destroy(message);
    else if (now_ns() - heard > NOTHING_FOR_S * 1000000000ull) die("no record for a minute");
  }
  double took = (double)(heard - began) / 1e9;
  rd_kafka_consumer_close(consumer);
  rd_kafka_topic_partition_list_destroy(topics);
  rd_kafka_destroy(consumer);
  return took;
}

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: rdkafka produce|consume BOOTSTRAP TOPIC RECORDS BYTES GROUP\n");
    return 2;
  }
  rd_kafka_conf_t *settings = rd_kafka_conf_new();
  set(settings, "bootstrap.servers", arguments[2]);
  uint64_t records = strtoull(arguments[4], NULL, 10);
  bool is_producer = strcmp(arguments[1], "produce") == 0;
  double took = is_producer ? produce(settings, arguments[3], records, strtoul(arguments[5], NULL, 10))
                            : consume(settings, arguments[3], arguments[6], records);
  printf("{\"records\":%lu,\"seconds\":%.3f}\n", records, took);
  return 0;
}
