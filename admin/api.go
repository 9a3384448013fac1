package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/clock"
)

// Options says how to serve the API.
type Options struct {
	// Host and Port are the address to listen on. Port 0 takes any free port.
	Host string
	Port int
	// Token is the token that every request needs. It may be empty only if Host is a
	// loopback address.
	Token string
	// Metrics answers GET /metrics.
	Metrics http.Handler
	// Stats returns the document of GET /stats.
	Stats func() (any, error)
	// Log gets a line for every refused request, and for every change that fails before the
	// audit log knows of it. Nil discards them.
	Log *slog.Logger
}

// API answers the requests of operators. It is safe for concurrent use.
type API struct {
	node      Node
	options   Options
	guard     guard
	endpoints []endpoint
	slots     slots
	log       *slog.Logger
	refused   clock.Limiter // of lines in the log
}

// New makes an API. It returns an error if it would be unsafe to serve with the options.
func New(node Node, o Options) (*API, error) {
	g, err := newGuard(o.Host, o.Token)
	if err != nil {
		return nil, err
	}
	api := &API{node: node, options: o, guard: g, slots: newSlots(), log: o.Log}
	if api.log == nil {
		api.log = slog.New(slog.DiscardHandler)
	}
	api.endpoints = api.allEndpoints()
	return api, nil
}

// endpoint is a method, a path and their handler. A path that ends in a slash stands for
// every path that begins with it. A * in it stands for the id of an account.
type endpoint struct {
	method, path string
	serve        handler
}

// handler answers a request. If it returns an error, it has written nothing.
type handler func(w http.ResponseWriter, r *request) error

// allEndpoints returns every endpoint of the API.
func (api *API) allEndpoints() []endpoint {
	return []endpoint{
		{http.MethodGet, "/status", api.getStatus},
		{http.MethodGet, "/routing", api.getRouting},
		{http.MethodPost, "/routing/resume", api.logged(api.postResume)},
		{http.MethodGet, "/routes/", api.getRoute},
		{http.MethodGet, "/accounts", api.getAccounts},
		{http.MethodGet, "/accounts/*/children", api.getChildren},
		{http.MethodPost, "/accounts/*/children", api.logged(api.postChildren)},
		{http.MethodPatch, "/accounts/*/children/", api.logged(api.patchChild)},
		{http.MethodDelete, "/accounts/*/children/", api.logged(api.deleteChild)},
		{http.MethodGet, "/accounts/", api.getAccount},
		{http.MethodPost, "/accounts/", api.logged(api.postBelowAccount)},
		{http.MethodPost, "/accounts", api.logged(api.postAccount)},
		{http.MethodPatch, "/accounts/", api.logged(api.patchAccount)},
		{http.MethodDelete, "/accounts/", api.logged(api.deleteAccount)},
		{http.MethodPost, "/addAccount", api.logged(api.postAccount)},
		{http.MethodGet, "/pauses", api.getPauses},
		{http.MethodPost, "/pauses", api.logged(api.postPause)},
		{http.MethodDelete, "/pauses", api.logged(api.deletePause)},
		{http.MethodGet, "/invitations", api.getInvitations},
		{http.MethodPost, "/invitations", api.logged(api.postInvitation)},
		{http.MethodPost, "/invitations/accept", api.logged(api.postAcceptance)},
		{http.MethodDelete, "/invitations/", api.logged(api.deleteInvitation)},
		{http.MethodPost, "/reload", api.logged(api.postReload)},
		{http.MethodGet, "/config", api.getConfig},
		{http.MethodPut, "/config", api.logged(api.putConfig)},
		{http.MethodGet, "/config/diff", api.getConfigDiff},
		{http.MethodPost, "/config/export", api.logged(api.postConfigExport)},
		{http.MethodGet, "/config/changes", api.getConfigChanges},
		{http.MethodDelete, "/config/changes", api.logged(api.deleteSettingChange)},
		{http.MethodDelete, "/config/changes/", api.logged(api.deleteConfigChange)},
		{http.MethodGet, "/balance", api.getBalance},
		{http.MethodPost, "/balance", api.logged(api.postBalance)},
		{http.MethodPost, "/balance/move", api.logged(api.postMove)},
		{http.MethodPost, "/balance/import", api.logged(api.postImport)},
		{http.MethodGet, "/settlements", api.getSettlements},
		{http.MethodPost, "/settlements", api.logged(api.postSettlement)},
		{http.MethodPost, "/settlements/", api.logged(api.postResolution)},
		{http.MethodGet, "/channels", api.getChannels},
		{http.MethodPost, "/channels/*/fund", api.logged(api.postFundChannel)},
		{http.MethodPost, "/channels/*/claim", api.logged(api.postClaimChannel)},
		{http.MethodPost, "/channels/*/close", api.logged(api.postCloseChannel)},
		{http.MethodPost, "/channels/*/open", api.logged(api.postOpenChannel)},
		{http.MethodGet, "/channels/", api.getAccountChannels},
		{http.MethodGet, "/audit", api.getAudit},
		{http.MethodGet, "/rejections", api.getRejections},
		{http.MethodGet, "/earnings", api.getEarnings},
		{http.MethodGet, "/rates", api.getRates},
		{http.MethodGet, "/rates/explain", api.getRateExplanation},
		{http.MethodGet, "/rates/overrides", api.getRateOverrides},
		{http.MethodPost, "/rates/pins", api.logged(api.postPin)},
		{http.MethodDelete, "/rates/pins", api.logged(api.deletePin)},
		{http.MethodPost, "/rates/pauses", api.logged(api.postPairPause)},
		{http.MethodDelete, "/rates/pauses", api.logged(api.deletePairPause)},
		{http.MethodPost, "/rates/confirm", api.logged(api.postConfirmation)},
		{http.MethodPost, "/rates/prices", api.logged(api.postPrices)},
		{http.MethodGet, "/stats", api.getStats},
		{http.MethodGet, "/metrics", api.getMetrics},
		{http.MethodGet, "/alerts", api.getAlerts},
		{http.MethodDelete, "/alerts", api.logged(api.deleteAlerts)},
		{http.MethodDelete, "/alerts/", api.logged(api.deleteAlert)},
		{http.MethodPost, "/ping", api.postPing},
		{http.MethodPost, "/store/backup", api.logged(api.postBackup)},
		{http.MethodGet, "/livez", api.getLive},
		{http.MethodGet, "/readyz", api.getReady},
		{http.MethodHead, "/livez", api.getLive},
		{http.MethodHead, "/readyz", api.getReady},
		{http.MethodGet, "/version", api.getVersion},
	}
}

// ServeHTTP answers one request.
func (api *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	err := api.serve(w, r)
	switch {
	case errors.Is(err, errCutOff):
		panic(http.ErrAbortHandler) // makes net/http close the connection
	case err != nil:
		writeError(w, err)
	}
}

// refusedMax bounds the lines about refused requests in a second, and refusedPathMax the bytes of
// a path in them.
const refusedMax, refusedPathMax = 10, 100

// logRefused tells the operator of a request without access. It may be an attack, and then there
// may be any number of them.
func (api *API) logRefused(r *http.Request, err error) {
	pass, held := api.refused.Pass(refusedMax)
	if !pass {
		return
	}
	args := []any{"method", clip.UTF8(r.Method, refusedPathMax), "path", clip.UTF8(r.URL.Path, refusedPathMax), "remote", r.RemoteAddr, "error", err}
	if held > 0 {
		args = append(args, "notLogged", held)
	}
	api.log.Warn("admin API refused a request", args...)
}

// serve checks access, finds the endpoint, reads the body and calls the handler. It does
// not read the body of a stranger.
func (api *API) serve(w http.ResponseWriter, r *http.Request) error {
	stranger, err := api.guard.check(r)
	if err != nil {
		api.logRefused(r, err)
		return err
	}
	free, err := api.slots.take(r)
	if err != nil {
		return err
	}
	defer free()
	e, rest, account, ok := api.find(r)
	if !ok {
		return errNotFound
	}
	if stranger { // do not wait for its body, which would hold the slot
		return e.serve(w, &request{Request: r, stranger: true})
	}
	lines := r.Method == http.MethodPost && isLines(r)
	body, err := readBody(w, r, lines || isConfig(r))
	if err != nil {
		return err
	}
	return e.serve(w, &request{Request: r, rest: rest, account: account, body: body, lines: lines})
}

// find returns the endpoint of a request, the part of the path behind its own, and the account in
// the path. It compares the escaped path, without the query.
func (api *API) find(r *http.Request) (e endpoint, rest, account string, ok bool) {
	path := r.URL.EscapedPath()
	for _, e := range api.endpoints {
		if r.Method != e.method {
			continue
		}
		if rest, account, ok := e.match(path); ok {
			return e, rest, account, true
		}
	}
	return endpoint{}, "", "", false
}

// match returns the part of a path behind that of the endpoint, and the account in it.
func (e *endpoint) match(path string) (rest, account string, ok bool) {
	before, after, wild := strings.Cut(e.path, "*")
	rest, ok = strings.CutPrefix(path, before)
	if ok && wild {
		if account, rest, ok = strings.Cut(rest, "/"); ok {
			rest, ok = strings.CutPrefix("/"+rest, after)
		}
	}
	return rest, account, ok && (rest == "" || strings.HasSuffix(e.path, "/"))
}

// logged wraps the handler of a change, and logs a request that fails. It never logs the
// body, which may hold credentials. The audit log logs each change that was begun, so that
// has no second line here.
func (api *API) logged(serve handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		err := serve(w, r)
		if err != nil && !r.audited {
			api.log.Warn("admin API could not make a change", "method", r.Method, "path", r.URL.Path, "remote", r.RemoteAddr, "error", err)
		}
		return err
	}
}

var _ http.Handler = (*API)(nil)
