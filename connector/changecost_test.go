package connector_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest/freeport"
)

// BenchmarkChange adds, changes, pauses, resumes and removes an account over the admin API, among
// few others and among many. An op is all five; the figures include the client of the API.
func BenchmarkChange(b *testing.B) {
	for _, others := range []int{10, 1000} {
		b.Run(fmt.Sprint(others), func(b *testing.B) { benchmarkChange(b, others) })
	}
}

func benchmarkChange(b *testing.B, n int) {
	port, err := freeport.Take()
	if err != nil {
		b.Fatal(err)
	}
	const account = `{"relation":"child","plugin":"ilp-plugin-btp","assetCode":"XRP","assetScale":9,` +
		`"balance":{"maximum":"1000"},"options":{"listener":{"host":"127.0.0.1","port":0,"secret":"a secret of sixteen"}}}`
	var others []string
	for i := range n {
		others = append(others, fmt.Sprintf(`"a%04d":%s`, i, account))
	}
	cfg, _, err := config.Parse("c.json", fmt.Appendf(nil, `{"ilpAddress":"test.us","backend":"one-to-one","spread":0,"storePath":%q,`+
		`"adminApi":true,"adminApiPort":%d,"accounts":{%s}}`, b.TempDir(), port, strings.Join(others, ",")), nil, connector.Known())
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	c, err := connector.New(cfg, connector.WithLog(log))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	<-c.Ready()
	api, err := client.New(fmt.Sprintf("http://127.0.0.1:%d", port), "")
	if err != nil {
		b.Fatal(err)
	}
	changes := []func(id string) error{
		func(id string) error {
			_, err := api.AddAccount(b.Context(), id, json.RawMessage(account), false)
			return err
		},
		func(id string) error {
			_, err := api.ChangeAccount(b.Context(), id, json.RawMessage(`{"maxPacketAmount":"1000","balance":{"maximum":"5000"}}`), false, false)
			return err
		},
		func(id string) error {
			_, err := api.PauseAccount(b.Context(), id, "", false)
			return err
		},
		func(id string) error {
			_, err := api.ResumeAccount(b.Context(), id, "", false)
			return err
		},
		func(id string) error {
			_, err := api.RemoveAccount(b.Context(), id, false, false)
			return err
		},
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for _, change := range changes {
			if err := change(fmt.Sprintf("x%d", i)); err != nil {
				b.Fatal(err)
			}
		}
	}
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}
