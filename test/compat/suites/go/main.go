// franz-go: admin, an idempotent producer with every compression, headers, timestamps, a group that commits and resumes,
// offsets by time, settings, deletes.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const firstTimestamp = 1_700_000_000_000

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

func must(what string, err error) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func same[T comparable](what string, expected, found T) {
	if expected != found {
		must(what, fmt.Errorf("expected %v, found %v", expected, found))
	}
}

func main() {
	broker := os.Args[len(os.Args)-1]
	topic := fmt.Sprintf("franz-%d", time.Now().UnixMilli())
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	must("connect", err)
	admin := kadm.NewClient(client)
	defer admin.Close()

	_, err = admin.CreateTopic(ctx, 2, 1, nil, topic)
	must("create", err)
	_, err = admin.CreatePartitions(ctx, 1, topic)
	must("create partitions", err)
	described, err := admin.ListTopics(ctx, topic)
	must("describe", err)
	same("partitions", 3, len(described[topic].Partitions))

	for name, codec := range codecs {
		produce(ctx, broker, topic, name, codec, 20)
	}
	group := topic + "-group"
	values := map[string]bool{}
	for _, record := range read(ctx, broker, topic, group, 100) {
		values[string(record.Value)] = true
		same("the header", "x", string(record.Headers[0].Value))
		same("the timestamp", true, record.Timestamp.UnixMilli() >= firstTimestamp && record.Timestamp.UnixMilli() < firstTimestamp+20)
	}
	same("values", 100, len(values))
	produce(ctx, broker, topic, "late", kgo.Lz4Compression(), 3)
	for _, record := range read(ctx, broker, topic, group, 3) {
		same("a late value", "late", string(record.Value[:4]))
	}

	ends, err := admin.ListEndOffsets(ctx, topic)
	must("end offsets", err)
	total := int64(0)
	ends.Each(func(offset kadm.ListedOffset) { total += offset.Offset })
	same("records", 103, total)
	early, err := admin.ListOffsetsAfterMilli(ctx, firstTimestamp-1, topic)
	must("offsets by time", err)
	early.Each(func(offset kadm.ListedOffset) { same("the offset of the first timestamp", 0, offset.Offset) })
	committed, err := admin.FetchOffsets(ctx, group)
	must("committed offsets", err)
	total = 0
	committed.Each(func(offset kadm.OffsetResponse) { total += offset.At })
	same("committed", 103, total)

	value := "3600000"
	_, err = admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, topic)
	must("alter settings", err)
	configs, err := admin.DescribeTopicConfigs(ctx, topic)
	must("settings", err)
	for _, config := range configs[0].Configs {
		if config.Key == "retention.ms" {
			same("retention.ms", value, *config.Value)
		}
	}
	groups, err := admin.DescribeGroups(ctx, group)
	must("describe the group", err)
	same("state of the group", "Empty", groups[group].State)
	_, err = admin.DeleteGroups(ctx, group)
	must("delete the group", err)
	_, err = admin.DeleteTopics(ctx, topic)
	must("delete", err)
	left, err := admin.ListTopics(ctx)
	must("list", err)
	same("the topic is gone", false, left.Has(topic))
	fmt.Println("topics, settings, all compressions, headers, timestamps, idempotent producer, group resumes, offsets by time, groups")
}

func produce(ctx context.Context, broker, topic, name string, codec kgo.CompressionCodec, count int) {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ProducerBatchCompression(codec))
	must("producer", err)
	defer client.Close()
	var records []*kgo.Record
	for n := range count {
		records = append(records, &kgo.Record{
			Topic: topic, Key: fmt.Appendf(nil, "k%d", n), Value: fmt.Appendf(nil, "%s-%d", name, n),
			Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("x")}}, Timestamp: time.UnixMilli(int64(firstTimestamp + n)),
		})
	}
	must("produce with "+name, client.ProduceSync(ctx, records...).FirstErr())
}

func read(ctx context.Context, broker, topic, group string, count int) []*kgo.Record {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	must("consumer", err)
	defer client.Close()
	var records []*kgo.Record
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		must("fetch", fetches.Err())
		records = append(records, fetches.Records()...)
	}
	same("records that the group read", count, len(records))
	must("commit", client.CommitUncommittedOffsets(ctx))
	return records
}
