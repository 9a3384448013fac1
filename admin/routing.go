package admin

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"

	"github.com/ilp-go/connector/route"
)

// getRouting writes a Routing piece by piece, because there may be very many routes.
func (api *API) getRouting(w http.ResponseWriter, _ *request) error {
	p := api.node.Routing()
	sessions := make(map[string]RoutingPeer, len(p.Peers))
	for id, peer := range p.Peers {
		link := api.node.Link(id)
		peer.Session.AccountState, peer.Session.Outage = link.State, outageOf(link)
		sessions[id] = peer
	}
	peers, err := encode(sessions)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	// A write fails only if the client is gone, so the rest does not matter.
	out := bufio.NewWriterSize(w, 32<<10)
	b := append(appendText([]byte(`{"routingTableId":`), p.TableID), `,"currentEpoch":`...)
	b = append(strconv.AppendUint(b, uint64(p.Epoch), 10), `,"localRoutingTable":{`...)
	_, _ = out.Write(b)
	writeEach(out, p.Routes, appendRoute)
	_, _ = out.WriteString(`},"forwardingRoutingTable":{`)
	writeEach(out, p.Advertised, appendAdvertised)
	_, _ = out.WriteString(`},"routingLog":[`)
	writeEach(out, p.Advertised, appendChange)
	_, _ = out.WriteString(`],"peers":`)
	_, _ = out.Write(append(peers, '}'))
	_ = out.Flush()
	return nil
}

// writeEach writes items with commas between them, until a write fails.
func writeEach[T any](out *bufio.Writer, items []T, appendItem func([]byte, *T) []byte) {
	for i := range items {
		b := out.AvailableBuffer()
		if i > 0 {
			b = append(b, ',')
		}
		if _, err := out.Write(appendItem(b, &items[i])); err != nil {
			return
		}
	}
}

// appendRoute appends a member of localRoutingTable.
func appendRoute(b []byte, r *route.Route) []byte {
	return appendEntry(appendName(b, r.Prefix), r)
}

// appendAdvertised appends a member of forwardingRoutingTable. It is null for a withdrawn
// route.
func appendAdvertised(b []byte, u *route.Update) []byte {
	b = appendName(b, u.Prefix)
	if u.Route == nil {
		return append(b, "null"...)
	}
	return appendEntry(b, u.Route)
}

// appendChange appends an element of routingLog, a RoutingChange.
func appendChange(b []byte, u *route.Update) []byte {
	b = appendText(append(b, `{"prefix":`...), u.Prefix)
	if u.Route != nil {
		b = appendEntry(append(b, `,"route":`...), u.Route)
	}
	b = strconv.AppendUint(append(b, `,"epoch":`...), uint64(u.Epoch), 10)
	return append(b, '}')
}

// appendEntry appends a route.Entry.
func appendEntry(b []byte, r *route.Route) []byte {
	e := r.Entry()
	b = appendText(append(b, `{"nextHop":`...), e.NextHop)
	b = appendText(append(b, `,"path":`...), e.Path)
	return append(b, '}')
}
