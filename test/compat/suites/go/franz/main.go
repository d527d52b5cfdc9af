// franz-go: admin, an idempotent producer with every compression, headers, timestamps, a group that commits and resumes,
// offsets by time, settings, deletes, first contact.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"gregor/compat/check"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Not long ago: the first look of the retention, 30 s after the broker's start, would delete the records.
var firstTimestamp = time.Now().UnixMilli() - 60_000

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

// warnings is where the clients of the first contact log at warning level.
var warnings bytes.Buffer

func main() {
	broker := os.Args[len(os.Args)-1]
	topic := fmt.Sprintf("franz-%d", time.Now().UnixMilli())
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	check.Must("connect", err)
	admin := kadm.NewClient(client)
	defer admin.Close()

	_, err = admin.CreateTopic(ctx, 2, 1, nil, topic)
	check.Must("create", err)
	_, err = admin.CreatePartitions(ctx, 1, topic)
	check.Must("create partitions", err)
	check.Same("partitions", 3, check.Settled(3, func() int {
		described, err := admin.ListTopics(ctx, topic)
		check.Must("describe", err)
		return len(described[topic].Partitions)
	}))

	_, err = admin.CreateTopic(ctx, 1, 3, nil, topic+"-three")
	if check.IsGregor {
		check.Must("three replicas", err)
	} else {
		check.Same("three replicas are refused", true, errors.Is(err, kerr.InvalidReplicationFactor))
	}

	for name, codec := range codecs {
		produce(ctx, broker, topic, name, codec, 20)
	}
	group := topic + "-group"
	values := map[string]bool{}
	for _, record := range read(ctx, broker, topic, group, 100) {
		values[string(record.Value)] = true
		check.Same("the header", "x", string(record.Headers[0].Value))
		check.Same("the timestamp", true, record.Timestamp.UnixMilli() >= firstTimestamp && record.Timestamp.UnixMilli() < firstTimestamp+20)
	}
	check.Same("values", 100, len(values))
	produce(ctx, broker, topic, "late", kgo.Lz4Compression(), 3)
	for _, record := range read(ctx, broker, topic, group, 3) {
		check.Same("a late value", "late", string(record.Value[:4]))
	}

	ends, err := admin.ListEndOffsets(ctx, topic)
	check.Must("end offsets", err)
	total := int64(0)
	ends.Each(func(offset kadm.ListedOffset) { total += offset.Offset })
	check.Same("records", 103, total)
	early, err := admin.ListOffsetsAfterMilli(ctx, firstTimestamp-1, topic)
	check.Must("offsets by time", err)
	early.Each(func(offset kadm.ListedOffset) { check.Same("the offset of the first timestamp", 0, offset.Offset) })
	committed, err := admin.FetchOffsets(ctx, group)
	check.Must("committed offsets", err)
	total = 0
	committed.Each(func(offset kadm.OffsetResponse) { total += offset.At })
	check.Same("committed", 103, total)

	value := "3600000"
	_, err = admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, topic)
	check.Must("alter settings", err)
	check.Same("retention.ms", value, check.Settled(value, func() string {
		configs, err := admin.DescribeTopicConfigs(ctx, topic)
		check.Must("settings", err)
		for _, config := range configs[0].Configs {
			if config.Key == "retention.ms" {
				return *config.Value
			}
		}
		return "absent"
	}))
	groups, err := admin.DescribeGroups(ctx, group)
	check.Must("describe the group", err)
	check.Same("state of the group", "Empty", groups[group].State)
	_, err = admin.DeleteGroups(ctx, group)
	check.Must("delete the group", err)
	makeTopic := func(name string) {
		_, err := admin.CreateTopic(ctx, 1, 1, nil, name)
		check.Must("create", err)
	}
	producerFirst := check.FirstContact("producer first", topic+"-p", makeTopic,
		func(name string) func() { return firstRecord(ctx, broker, name, false) }, warnings.Len)
	consumerFirst := check.FirstContact("consumer first", topic+"-c", makeTopic,
		func(name string) func() { return firstRecord(ctx, broker, name, true) }, warnings.Len)
	_, err = admin.DeleteTopics(ctx, topic)
	check.Must("delete", err)
	check.Same("the topic is listed", false, check.Settled(false, func() bool {
		left, err := admin.ListTopics(ctx)
		check.Must("list", err)
		return left.Has(topic)
	}))
	fmt.Printf("franz-go %s: topics, settings, all compressions, headers, timestamps, idempotent producer, group resumes,"+
		" offsets by time, groups; %s; %s\n", check.Version("github.com/twmb/franz-go"), producerFirst, consumerFirst)
}

func firstRecord(ctx context.Context, broker, topic string, isConsumerFirst bool) (end func()) {
	options := []kgo.Opt{kgo.SeedBrokers(broker), kgo.AllowAutoTopicCreation(), kgo.WithLogger(kgo.BasicLogger(&warnings, kgo.LogLevelWarn, nil))}
	producer, err := kgo.NewClient(options...)
	check.Must("producer", err)
	var consumer *kgo.Client
	consume := func() {
		consumer, err = kgo.NewClient(append(options, kgo.ConsumeTopics(topic), kgo.ConsumerGroup(topic),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
		check.Must("consumer", err)
	}
	if isConsumerFirst {
		consume()
	}
	check.Must("produce the first record", producer.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("first")}).FirstErr())
	if !isConsumerFirst {
		consume()
	}
	fetches := consumer.PollFetches(ctx)
	check.Must("the first record", fetches.Err())
	check.Same("the first record", "first", string(fetches.Records()[0].Value))
	return func() { producer.Close(); consumer.Close() }
}

func produce(ctx context.Context, broker, topic, name string, codec kgo.CompressionCodec, count int) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ProducerBatchCompression(codec))
	check.Must("producer", err)
	defer client.Close()
	var records []*kgo.Record
	for n := range count {
		records = append(records, &kgo.Record{
			Topic: topic, Key: fmt.Appendf(nil, "k%d", n), Value: fmt.Appendf(nil, "%s-%d", name, n),
			Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("x")}}, Timestamp: time.UnixMilli(firstTimestamp + int64(n)),
		})
	}
	check.Must("produce with "+name, client.ProduceSync(ctx, records...).FirstErr())
}

func read(ctx context.Context, broker, topic, group string, count int) []*kgo.Record {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	check.Must("consumer", err)
	defer client.Close()
	var records []*kgo.Record
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		check.Must("fetch", fetches.Err())
		records = append(records, fetches.Records()...)
	}
	check.Same("records that the group read", count, len(records))
	check.Must("commit", client.CommitUncommittedOffsets(ctx))
	return records
}
