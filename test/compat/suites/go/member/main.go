// A group member that tells what it does as JSON lines: franz-go, classic (range), cooperative or consumer protocol.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var output sync.Mutex

func tell(event map[string]any) {
	line, _ := json.Marshal(event)
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(line))
}

func names(partitions map[string][]int32) []string {
	all := []string{}
	for topic, numbers := range partitions {
		for _, number := range numbers {
			all = append(all, fmt.Sprintf("%s/%d", topic, number))
		}
	}
	return all
}

func main() {
	bootstrap, topic, group, protocol := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	commit := func(client *kgo.Client) {
		if err := client.CommitUncommittedOffsets(context.Background()); err != nil {
			tell(map[string]any{"event": "commit-failed", "error": err.Error()})
		}
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(bootstrap),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.MetadataMinAge(200 * time.Millisecond),
		kgo.MetadataMaxAge(time.Second),
		kgo.FetchMaxWait(300 * time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, assigned map[string][]int32) {
			if len(assigned) > 0 {
				tell(map[string]any{"event": "assigned", "partitions": names(assigned)})
			}
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, client *kgo.Client, revoked map[string][]int32) {
			if len(revoked) > 0 {
				commit(client)
				tell(map[string]any{"event": "revoked", "partitions": names(revoked)})
			}
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
			tell(map[string]any{"event": "lost", "partitions": names(lost)})
		}),
	}
	if strings.HasPrefix(topic, "^") {
		options = append(options, kgo.ConsumeRegex())
	}
	if len(os.Args) > 5 && os.Args[5] != "" {
		options = append(options, kgo.InstanceID(os.Args[5]))
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	switch protocol {
	case "consumer":
		ctx = context.WithValue(ctx, "opt_in_kafka_next_gen_balancer_beta", true)
		options = append(options, kgo.WithContext(context.WithValue(context.Background(), "opt_in_kafka_next_gen_balancer_beta", true)))
	case "cooperative":
		options = append(options, kgo.Balancers(kgo.CooperativeStickyBalancer()))
	default:
		options = append(options, kgo.Balancers(kgo.RangeBalancer()))
	}
	if protocol != "consumer" {
		options = append(options, kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(time.Second))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		panic(err)
	}
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		fetches.EachRecord(func(record *kgo.Record) {
			tell(map[string]any{
				"event":     "record",
				"partition": fmt.Sprintf("%s/%d", record.Topic, record.Partition),
				"offset":    record.Offset,
			})
		})
		client.AllowRebalance()
	}
	commit(client)
	client.Close() // leaves the group, unless it is a static member
	tell(map[string]any{"event": "closed"})
}
