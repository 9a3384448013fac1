//go:build linux

package main

import (
	"fmt"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// toReceivers has each sender send to one receiver, at its own address.
func toReceivers(s *subject.Setup) func(sender int) []load.Target {
	receivers := max(s.Receivers, 1)
	return func(sender int) []load.Target {
		to := sender % receivers
		return []load.Target{{Address: subject.DirectAddress(to), To: to}}
	}
}

// overRoutes has each sender send over all configured routes.
func overRoutes(s *subject.Setup) func(sender int) []load.Target {
	targets := make([]load.Target, s.Routes)
	for i := range targets {
		targets[i] = load.Target{Address: subject.RoutePrefix(i) + ".wallet", To: 0}
	}
	return func(int) []load.Target { return targets }
}

// toNobody has each sender send where no route leads.
func toNobody(*subject.Setup) func(sender int) []load.Target {
	targets := make([]load.Target, 1000)
	for i := range targets {
		targets[i] = load.Target{Address: fmt.Sprintf("test.nobody.%05d.wallet", i), To: load.Nowhere}
	}
	return func(int) []load.Target { return targets }
}
