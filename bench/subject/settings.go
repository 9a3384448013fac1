package subject

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// variableBytesMax is the longest variable that a program can start with on Linux. It includes the
// name and the zero at the end (MAX_ARG_STRLEN, 32 pages).
const variableBytesMax = 128 << 10

// settings is a configuration with the names of the configuration file.
type settings map[string]any

// newSettings returns the configuration of a setup. Its accounts listen on consecutive ports from
// firstPort on.
func newSettings(s Setup, firstPort int, storePath string) settings {
	accounts := make(map[string]map[string]any)
	add := func(id, relation string, scale int) {
		place := len(accounts)
		accounts[id] = account(relation, scale, firstPort+place, id)
		if s.Priced {
			accounts[id]["assetCode"] = currency(place)
		}
		if s.Remember > 0 {
			accounts[id]["deduplicate"] = map[string]any{
				"packetLifetime": s.Remember.Milliseconds(), "cleanupInterval": s.Remember.Milliseconds(),
			}
		}
	}
	senders, receivers := senderScale, receiverScale
	if s.Priced {
		senders, receivers = pricedSenderScale, pricedReceiverScale
	}
	for i := range s.Senders {
		add(SenderID(i), "child", senders)
		if s.HTTPSenders {
			overHTTP(accounts[SenderID(i)], SenderID(i), firstPort+i, unusedURL)
		}
	}
	for i := range s.Receivers {
		add(receiverID(i), "child", receivers)
		if s.HTTPReceivers {
			overHTTP(accounts[receiverID(i)], receiverID(i), firstPort+s.Senders+i, httpURL(firstPort+s.accounts()+i))
		}
	}
	for i := range s.Neighbors {
		add(neighborID(i), "peer", receiverScale)
	}
	others := firstPort + s.served()
	if s.Clients {
		accounts[ClientsID] = clientsAccount(others + clientsPort)
	}
	for i := range s.Shared {
		accounts[sharedID(i)] = sharedAccount(sharedID(i))
	}
	c := settings{
		"ilpAddress": Address,
		"backend":    "one-to-one",
		"spread":     0,
		"accounts":   accounts,
	}
	if s.Priced {
		c["backend"], c["backendConfig"] = "static", map[string]any{"base": base, "prices": s.Prices(0)}
	}
	if s.Routes > 0 {
		routes := make([]any, s.Routes)
		for i := range routes {
			routes[i] = map[string]any{"targetPrefix": RoutePrefix(i), "peerId": receiverID(0)}
		}
		c["routes"] = routes
	}
	if s.Store != "" {
		c["store"] = s.Store
		c["storePath"] = storePath
	}
	if s.ours() && s.Store != "" {
		c["minMessageWindow"] = patientWindow.Milliseconds()
	}
	if s.Listen {
		// All children of the load have one address.
		c["listen"] = map[string]any{"host": "127.0.0.1", "port": others + sharedPort, "maxSocketsPerAddress": 20_000}
	}
	if s.Admin {
		c["adminApi"], c["adminApiPort"] = true, others+adminPort
	}
	return c
}

// patientWindow is a minMessageWindow with which a connector waits 2 s for its disk before it refuses
// packets. The disk of a machine that others use may well take the half second of the default.
const patientWindow = 4 * time.Second

// plenty is a limit that no load reaches.
const plenty = "1000000000000000000"

// account returns an account with every limit. No load reaches them.
func account(relation string, scale, port int, secret string) map[string]any {
	return map[string]any{
		"relation":        relation,
		"plugin":          "ilp-plugin-btp",
		"assetCode":       "XRP",
		"assetScale":      scale,
		"balance":         map[string]any{"maximum": plenty, "minimum": "-" + plenty},
		"maxPacketAmount": plenty,
		"throughput":      map[string]any{"incomingAmount": plenty, "outgoingAmount": plenty},
		"rateLimit":       map[string]any{"refillPeriod": 1000, "refillCount": 100_000_000},
		"options":         map[string]any{"listener": map[string]any{"port": port, "secret": secret}},
	}
}

// overHTTP makes an account speak HTTP. The plugin of the reference has a port for each account, and wants
// a URL for each, even where nothing is sent.
func overHTTP(account map[string]any, id string, port int, url string) {
	account["plugin"] = "ilp-plugin-http"
	account["options"] = map[string]any{
		"incoming": map[string]any{"host": "127.0.0.1", "port": port, "staticToken": httpToken(id)},
		"outgoing": map[string]any{"url": url, "staticToken": httpToken(id)},
	}
}

// host has the first n senders and receivers use the npm ilp-plugin-btp in the node host.
func (c settings) host(n int, programs Programs) error {
	node, err := exec.LookPath(programs.Node)
	if err != nil {
		return err
	}
	peers, err := filepath.Abs(programs.Peers)
	if err != nil {
		return err
	}
	accounts := c["accounts"].(map[string]map[string]any)
	for i := range n {
		for _, id := range []string{SenderID(i), receiverID(i)} {
			accounts[id]["plugin"] = "npm:ilp-plugin-btp"
		}
	}
	c["nodeHost"] = map[string]any{"command": node, "paths": []string{peers}}
	return nil
}

func httpURL(port int) string { return fmt.Sprintf("http://127.0.0.1:%d/", port) }

// unusedURL is where nobody listens.
const unusedURL = "http://127.0.0.1:9/"

// httpToken returns the token of an account over HTTP. Ours warns of shorter ones.
func httpToken(id string) string { return "the-token-of-" + id }

// variables returns the settings as CONNECTOR_ variables, and whether a program can start with them.
func (c settings) variables() (env []string, fit bool, err error) {
	fit = true
	for _, name := range slices.Sorted(maps.Keys(c)) {
		text, plain := c[name].(string)
		if !plain {
			b, err := json.Marshal(c[name])
			if err != nil {
				return nil, false, err
			}
			text = string(b)
		}
		v := fmt.Sprintf("CONNECTOR_%s=%s", upperSnake(name), text)
		fit = fit && len(v) < variableBytesMax
		env = append(env, v)
	}
	return env, fit, nil
}

// upperSnake converts ilpAddress to ILP_ADDRESS.
func upperSnake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
