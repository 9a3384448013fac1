package admin_test

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/admin"
)

func TestRoutesOfANeighborAreResumedAndAudited(t *testing.T) {
	n := newNode(t)
	n.Resume = func(id string) (admin.ResumedRoutes, error) {
		if id == "alice" {
			return admin.ResumedRoutes{Suspended: true, Damped: 3}, nil
		}
		return admin.ResumedRoutes{}, admin.Conflict("nothing of bob is held back")
	}
	api := newAPI(t, n, loopback())
	const path, alice = "/routing/resume", `{"accountId":"alice","reason":"mended"}`
	for _, e := range []exchange{
		{"POST", path, ``, 400, asText, `Error: the body needs the "accountId"`},
		{"POST", path, `{"accountId":"alice","reason":5}`, 400, asText, `Error: the "reason" is not a string of at most 500 bytes`},
		{"POST", path, `{"accountId":"zed"}`, 404, asText, "Error: unknown account id. accountId=zed"},
		{"GET", path, ``, 404, asText, "Not Found"},
		{"GET", "/audit", "", 200, asJSON, `{"entries":[]}`},
		{"POST", path, `{"accountId":"bob"}`, 409, asText, "Error: nothing of bob is held back"},
		{"POST", path, alice, 200, asJSON, `{"suspended":true,"damped":3}`},
	} {
		e.run(t, api)
	}
	log := auditOf(t, api, "")
	if e := log[0]; len(log) != 2 || e.What != "resume routes" || e.AccountID != "alice" || e.Reason != "mended" || e.Outcome != "done" {
		t.Errorf("the entries are %+v", log)
	}
	if e := log[1]; e.Outcome != "refused" || e.Error == "" {
		t.Errorf("the entry is %+v", e)
	}
	n.Broken = errors.New("disk full")
	n.Resume = func(string) (admin.ResumedRoutes, error) {
		t.Error("it resumes without an entry")
		return admin.ResumedRoutes{}, nil
	}
	exchange{"POST", path, alice, 503, asText, "Error: the audit log cannot be written, so nothing is changed: ..."}.run(t, api)
}
