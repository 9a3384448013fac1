package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
)

// Options are how the API is served.
type Options struct {
	// Host and Port are where to listen. Port 0 is whatever port is free.
	Host string
	Port int
	// Token is what every request has to show, empty for none. It may be empty
	// only if Host is a loopback address.
	Token string
	// Metrics answers GET /metrics.
	Metrics http.Handler
	// Stats is what GET /stats shows.
	Stats func() (any, error)
	// Log hears of changes and of refused requests. Nil discards.
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
}

// New makes an API. The error says that the options are not safe to serve with.
func New(node Node, o Options) (*API, error) {
	g, err := newGuard(o.Host, o.Token)
	if err != nil {
		return nil, err
	}
	api := &API{node: node, options: o, guard: g, slots: newSlots(), log: o.Log}
	if api.log == nil {
		api.log = slog.New(slog.DiscardHandler)
	}
	api.endpoints = api.all()
	return api, nil
}

// endpoint is a method and a path, and who answers there. A path that ends in a
// slash stands for all that begin with it.
type endpoint struct {
	method, path string
	serve        handler
}

// handler answers a request, or returns an error and has written nothing.
type handler func(w http.ResponseWriter, r *request) error

func (api *API) all() []endpoint {
	return []endpoint{
		{http.MethodGet, "/status", api.getStatus},
		{http.MethodGet, "/routing", api.getRouting},
		{http.MethodGet, "/routes/", api.getRoute},
		{http.MethodGet, "/accounts", api.getAccounts},
		{http.MethodGet, "/accounts/", api.getAdminInfo},
		{http.MethodPost, "/accounts/", api.logged(api.postAdminInfo)},
		{http.MethodPost, "/addAccount", api.logged(api.postAccount)},
		{http.MethodGet, "/balance", api.getBalance},
		{http.MethodPost, "/balance", api.logged(api.postBalance)},
		{http.MethodGet, "/settlements", api.getSettlements},
		{http.MethodPost, "/settlements", api.logged(api.postSettlement)},
		{http.MethodPost, "/settlements/", api.logged(api.postResolution)},
		{http.MethodGet, "/audit", api.getAudit},
		{http.MethodGet, "/rates", api.getRates},
		{http.MethodGet, "/stats", api.getStats},
		{http.MethodGet, "/metrics", api.getMetrics},
		{http.MethodGet, "/alerts", api.getAlerts},
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

// request is a request that was let in, with its body.
type request struct {
	*http.Request
	rest string // of the path, behind that of the endpoint
	body []byte // JSON, or nothing
}

// ServeHTTP answers a request.
func (api *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	err := api.serve(w, r)
	switch {
	case errors.Is(err, errCutOff):
		panic(http.ErrAbortHandler) // which is how net/http is told to cut a connection
	case err != nil:
		writeError(w, err)
	}
}

// serve lets a request in, finds who answers it and reads its body, in this order.
func (api *API) serve(w http.ResponseWriter, r *http.Request) error {
	if err := api.guard.check(r); err != nil {
		// The operator should know that somebody tries.
		api.log.Warn("admin API refused a request", "method", r.Method, "path", r.URL.Path, "remote", r.RemoteAddr, "reason", err)
		return err
	}
	free, err := api.slots.take(r)
	if err != nil {
		return err
	}
	defer free()
	e, rest, ok := api.find(r)
	if !ok {
		return errNotFound
	}
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	return e.serve(w, &request{r, rest, body})
}

// find looks the path up as it was sent, without its query and not unescaped.
func (api *API) find(r *http.Request) (e endpoint, rest string, ok bool) {
	path := r.URL.EscapedPath()
	for _, e := range api.endpoints {
		rest, ok := strings.CutPrefix(path, e.path)
		if ok && r.Method == e.method && (rest == "" || strings.HasSuffix(e.path, "/")) {
			return e, rest, true
		}
	}
	return endpoint{}, "", false
}

// logged is serve with a line in the log about a request that wanted to change
// something, and whether that was done; what it changed has an entry in the audit log.
// Of the body nothing is logged: it may hold credentials.
func (api *API) logged(serve handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		err := serve(w, r)
		attrs := []any{"method", r.Method, "path", r.URL.Path, "remote", r.RemoteAddr}
		if err != nil {
			api.log.Warn("admin API could not make a change", append(attrs, "error", err)...)
		} else {
			api.log.Info("admin API made a change", attrs...)
		}
		return err
	}
}

var _ http.Handler = (*API)(nil)
