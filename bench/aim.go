//go:build linux

package main

import (
	"fmt"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// toReceivers aims each sender at one receiver's own address.
func toReceivers(s *subject.Setup) func(sender int) []load.Target {
	receivers := max(s.Receivers, 1)
	return func(sender int) []load.Target {
		to := sender % receivers
		return []load.Target{{Address: subject.DirectAddress(to), To: to}}
	}
}

// toAllReceivers aims each sender at all receivers in turn.
func toAllReceivers(s *subject.Setup) func(sender int) []load.Target {
	targets := make([]load.Target, s.Receivers)
	for i := range targets {
		targets[i] = load.Target{Address: subject.DirectAddress(i), To: i}
	}
	return func(int) []load.Target { return targets }
}

// overRoutes aims each sender at all configured routes in turn.
func overRoutes(s *subject.Setup) func(sender int) []load.Target {
	targets := make([]load.Target, s.Routes)
	for i := range targets {
		targets[i] = load.Target{Address: subject.RoutePrefix(i) + ".wallet", To: 0}
	}
	return func(int) []load.Target { return targets }
}

// toNowhere aims each sender at addresses that have no route.
func toNowhere(*subject.Setup) func(sender int) []load.Target {
	targets := make([]load.Target, 1000)
	for i := range targets {
		targets[i] = load.Target{Address: fmt.Sprintf("test.nowhere.%05d.wallet", i), To: load.Nowhere}
	}
	return func(int) []load.Target { return targets }
}
