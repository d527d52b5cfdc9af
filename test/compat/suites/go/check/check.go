// Package check is what the Go suites share: assertions, and the check of first contact with a new topic.
//
// First contact: from making the clients to the first record in hand, on a topic that exists and on one that comes into being
// by being used. On Gregor the new topic may cost at most 100 ms more, and the client must warn of nothing; elsewhere both are
// only told.
package check

import (
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"time"
)

const (
	rounds     = 5
	extraMsMax = 100
)

var IsGregor = os.Getenv("COMPAT_TARGET") == "gregor"

func Must(what string, err error) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func Same[T comparable](what string, expected, found T) {
	if expected != found {
		Must(what, fmt.Errorf("expected %v, found %v", expected, found))
	}
}

// Settled returns what `ask` finds once it is what is expected. Gregor must know what it has just acknowledged; Apache Kafka's
// brokers learn of it a little later.
func Settled[T comparable](expected T, ask func() T) T {
	found := ask()
	for tries := 0; tries < 500 && found != expected && !IsGregor; tries++ {
		time.Sleep(20 * time.Millisecond)
		found = ask()
	}
	return found
}

// Version of a module that this program is built with.
func Version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version[1:]
		}
	}
	return "unknown"
}

// FirstContact returns the sentence for the suite's last line. `firstRecord` returns once the record is in hand, with the end of
// its clients, which is not measured; `warnings` counts what the client has warned of so far.
func FirstContact(order, prefix string, makeTopic func(topic string), firstRecord func(topic string) (end func()), warnings func() int) string {
	existing, fresh := math.Inf(1), math.Inf(1)
	warned := warnings()
	for round := range rounds {
		name := fmt.Sprintf("%s-%d", prefix, round)
		makeTopic(name + "-existing")
		// The best of several: a busy machine makes some rounds slow, a retry or a backoff makes all of them slow.
		existing = min(existing, milliseconds(firstRecord, name+"-existing"))
		fresh = min(fresh, milliseconds(firstRecord, name+"-new"))
	}
	warned = warnings() - warned
	told := fmt.Sprintf("%s: %.0f ms on a new topic, %.0f ms on an existing one, %d warnings", order, fresh, existing, warned)
	if IsGregor {
		Same(told, true, warned == 0 && fresh-existing <= extraMsMax)
	}
	return told
}

func milliseconds(firstRecord func(topic string) (end func()), topic string) float64 {
	began := time.Now()
	end := firstRecord(topic)
	taken := float64(time.Since(began).Microseconds()) / 1000
	end()
	return taken
}
