package ilp_test

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
	"github.com/ilp-go/connector/ilp/ildcp"
)

type ildcpVector struct {
	verdict
	ClientAddress string
	AssetScale    uint8
	AssetCode     string
}

func (v *ildcpVector) response() ildcp.Response {
	return ildcp.Response{ClientAddress: v.ClientAddress, AssetScale: v.AssetScale, AssetCode: v.AssetCode}
}

func parseILDCP(b []byte) (ildcp.Response, error) {
	reply, err := ilp.ParseReply(b)
	if err != nil {
		return ildcp.Response{}, err
	}
	return ildcp.ParseResponse(reply)
}

func TestILDCPVectors(t *testing.T) {
	var file struct {
		Requests []struct {
			ExpiresAt int64
			Packet    blob
		}
		Responses, Judged []ildcpVector
	}
	load(t, "ildcp", &file)
	for _, v := range file.Requests {
		request := ildcp.Request(v.ExpiresAt)
		equal(t, "request", request.Append(nil), v.Packet)
	}
	for _, v := range file.Responses {
		t.Run(v.AssetCode, func(t *testing.T) {
			want := v.response()
			equal(t, "packet", want.Append(nil), v.Packet)
			if got, err := parseILDCP(v.Packet); err != nil || got != want {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		})
	}
	for i, v := range file.Judged {
		t.Run(v.title(i), func(t *testing.T) {
			got, err := parseILDCP(v.Packet)
			if want := v.response(); v.check(t, err) && got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

type echoVector struct {
	verdict
	Source      string
	Data        blob
	Destination string // of the Prepare that answers
	Response    blob   // and its data
	Error       string
}

func TestEchoVectors(t *testing.T) {
	var file struct{ Cases, Judged []echoVector }
	load(t, "echo", &file)
	for _, v := range file.Cases {
		equal(t, "request", echo.AppendRequest(nil, v.Source), v.Data)
		equal(t, "response", echo.AppendResponse(nil), v.Response)
	}
	for i, v := range append(file.Cases, file.Judged...) {
		v.Packet = v.Data
		t.Run(v.title(i), func(t *testing.T) {
			m, err := echo.Parse(v.Data)
			if m.Response {
				equal(t, "error", "unexpected ping response.", v.Error)
				return
			}
			switch {
			case v.check(t, err):
				equal(t, "source", m.Source, v.Destination)
			case errors.Is(err, ilp.ErrShort), errors.Is(err, ilp.ErrLength):
				// The reference's OER reader has texts of its own.
			case !v.OK:
				equal(t, "error", err.Error(), v.Error)
			}
		})
	}
}
