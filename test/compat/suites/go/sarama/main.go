// sarama: admin, an idempotent producer with every compression, headers, a group that commits and resumes, offsets by time,
// settings, deletes, first contact.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"sync"
	"time"

	"gregor/compat/check"

	"github.com/IBM/sarama"
)

// Not long ago: the first look of the retention, 30 s after the broker's start, would delete the records.
var firstTimestamp = time.Now().UnixMilli() - 60_000

var codecs = []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy,
	sarama.CompressionLZ4, sarama.CompressionZSTD}

func config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Return.Successes = true
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	return config
}

func main() {
	broker := os.Args[len(os.Args)-1]
	topic := fmt.Sprintf("sarama-%d", time.Now().UnixMilli())
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	logged := &counter{}
	sarama.Logger = log.New(logged, "", 0)
	admin, err := sarama.NewClusterAdmin([]string{broker}, config())
	check.Must("connect", err)
	defer admin.Close()

	check.Must("create", admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}, false))
	check.Must("create partitions", admin.CreatePartitions(topic, 3, nil, false))
	check.Same("partitions", 3, check.Settled(3, func() int {
		described, err := admin.DescribeTopics([]string{topic})
		check.Must("describe", err)
		return len(described[0].Partitions)
	}))
	err = admin.CreateTopic(topic+"-three", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 3}, false)
	if check.IsGregor {
		check.Must("three replicas", err)
	} else {
		check.Same("three replicas are refused", true, errors.Is(err, sarama.ErrInvalidReplicationFactor))
	}

	for _, codec := range codecs {
		produce(broker, topic, codec.String(), codec, 20)
	}
	group := topic + "-group"
	values := map[string]bool{}
	for _, message := range read(ctx, broker, topic, group, 100) {
		values[string(message.Value)] = true
		check.Same("the header", "x", string(message.Headers[0].Value))
		check.Same("the timestamp", true, message.Timestamp.UnixMilli() >= firstTimestamp && message.Timestamp.UnixMilli() < firstTimestamp+20)
	}
	check.Same("values", 100, len(values))
	produce(broker, topic, "late", sarama.CompressionLZ4, 3)
	for _, message := range read(ctx, broker, topic, group, 3) {
		check.Same("a late value", "late", string(message.Value[:4]))
	}
	offsets(broker, topic)
	settings(admin, topic)

	groups, err := admin.DescribeConsumerGroups([]string{group})
	check.Must("describe the group", err)
	check.Same("state of the group", "Empty", groups[0].State)
	committed, err := admin.ListConsumerGroupOffsets(group, nil)
	check.Must("committed offsets", err)
	total := int64(0)
	for _, block := range committed.Blocks[topic] {
		total += block.Offset
	}
	check.Same("committed", 103, total)
	check.Must("delete the group", admin.DeleteConsumerGroup(group))

	makeTopic := func(name string) {
		check.Must("create", admin.CreateTopic(name, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false))
	}
	producerFirst := check.FirstContact("producer first", topic+"-p", makeTopic,
		func(name string) func() { return firstRecord(broker, name, false) }, logged.complaints)
	consumerFirst := check.FirstContact("consumer first", topic+"-c", makeTopic,
		func(name string) func() { return firstRecord(broker, name, true) }, logged.complaints)

	check.Must("delete", admin.DeleteTopic(topic))
	check.Same("the topic is listed", false, check.Settled(false, func() bool {
		left, err := admin.ListTopics()
		check.Must("list", err)
		_, isLeft := left[topic]
		return isLeft
	}))
	fmt.Printf("sarama %s: topics, settings, all compressions, headers, timestamps, idempotent producer, group resumes,"+
		" offsets by time, groups; %s; %s\n", check.Version("github.com/IBM/sarama"), producerFirst, consumerFirst)
}

func produce(broker, topic, name string, codec sarama.CompressionCodec, count int) {
	config := config()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.MaxOpenRequests = 1
	config.Producer.Compression = codec
	producer, err := sarama.NewSyncProducer([]string{broker}, config)
	check.Must("producer", err)
	var messages []*sarama.ProducerMessage
	for n := range count {
		messages = append(messages, &sarama.ProducerMessage{
			Topic: topic, Key: sarama.StringEncoder(fmt.Sprintf("k%d", n)), Value: sarama.StringEncoder(fmt.Sprintf("%s-%d", name, n)),
			Headers: []sarama.RecordHeader{{Key: []byte("h"), Value: []byte("x")}}, Timestamp: time.UnixMilli(firstTimestamp + int64(n)),
		})
	}
	check.Must("produce with "+name, producer.SendMessages(messages))
	check.Must("close", producer.Close())
}

// member collects what its group is given, until it has enough; then it commits and leaves.
type member struct {
	mutex    sync.Mutex
	messages []*sarama.ConsumerMessage
	count    int
	leave    context.CancelFunc
}

func (*member) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*member) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.mutex.Lock()
		m.messages = append(m.messages, message)
		session.MarkMessage(message, "")
		if len(m.messages) == m.count {
			session.Commit()
			m.leave()
		}
		m.mutex.Unlock()
	}
	return nil
}

func read(ctx context.Context, broker, topic, group string, count int) []*sarama.ConsumerMessage {
	consumer, err := sarama.NewConsumerGroup([]string{broker}, group, config())
	check.Must("consumer", err)
	until, leave := context.WithCancel(ctx)
	member := &member{count: count, leave: leave}
	for until.Err() == nil {
		err := consumer.Consume(until, []string{topic}, member)
		if until.Err() == nil {
			check.Must("consume", err)
		}
	}
	check.Must("close", consumer.Close())
	check.Same("records that the group read", count, len(member.messages))
	return member.messages
}

func offsets(broker, topic string) {
	client, err := sarama.NewClient([]string{broker}, config())
	check.Must("connect", err)
	defer client.Close()
	total := int64(0)
	for partition := range int32(3) {
		end, err := client.GetOffset(topic, partition, sarama.OffsetNewest)
		check.Must("end offset", err)
		total += end
		early, err := client.GetOffset(topic, partition, firstTimestamp-1)
		check.Must("offset by time", err)
		check.Same("the offset of the first timestamp", 0, early)
	}
	check.Same("records", 103, total)
}

func settings(admin sarama.ClusterAdmin, topic string) {
	value := "3600000"
	change := map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}}
	check.Must("alter settings", admin.IncrementalAlterConfig(sarama.TopicResource, topic, change, false))
	check.Same("retention.ms", value, check.Settled(value, func() string {
		entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{"retention.ms"}})
		check.Must("settings", err)
		return entries[0].Value
	}))
}

func firstRecord(broker, topic string, isConsumerFirst bool) (end func()) {
	var claim sarama.PartitionConsumer
	consumer, err := sarama.NewConsumer([]string{broker}, config())
	check.Must("consumer", err)
	consume := func() {
		claim, err = consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
		check.Must("consume", err)
	}
	if isConsumerFirst {
		consume()
	}
	producer, err := sarama.NewSyncProducer([]string{broker}, config())
	check.Must("producer", err)
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("first")})
	check.Must("produce the first record", err)
	if !isConsumerFirst {
		consume()
	}
	check.Same("the first record", "first", string((<-claim.Messages()).Value))
	return func() { claim.Close(); consumer.Close(); producer.Close() }
}

// counter is where sarama logs. It has no levels; what it complains of are retries and errors.
type counter struct {
	mutex sync.Mutex
	lines bytes.Buffer
}

var _ io.Writer = (*counter)(nil)

func (c *counter) Write(line []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.lines.Write(line)
}

func (c *counter) complaints() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	count := 0
	for _, line := range strings.Split(c.lines.String(), "\n") {
		lower := strings.ToLower(line)
		if strings.Contains(lower, "retry") || strings.Contains(lower, "error") || strings.Contains(lower, "unknown") {
			count++
		}
	}
	return count
}
