# make run    build, start a connector, show a first packet going through
# make test   install the test peers, run all tests with the race detector, and
#             without it those that count allocations, which it distorts
# make tidy   go.mod and go.sum of both modules: bench/ is a module of its own, so that
#             the connector needs none of its dependencies
# make bench  what the connector costs beside the npm ilp-connector and a bare relay,
#             in up to 25 minutes; bench-quick: without the former, in 4; microbench:
#             the Go benchmarks. BENCHFLAGS="-case one -json", for example, says more
# make fuzz   every fuzz target for a moment
# make lint   static checks        make docs  generated pages and vectors
# make release VERSION=v1.2.3   binaries of all systems, sums and image of that tag
# make other-systems   vet all packages and tests for the systems that we only build on

GO      ?= go
FUZZTIME ?= 20000x
BENCHFLAGS ?=
PEERS   := test/peers/node_modules/.installed
VECTORS := settle/xrp/xrpl/testdata/vectors/node_modules/.installed

OTHER_SYSTEMS := windows darwin freebsd

.PHONY: build run test other-systems bench bench-quick microbench lint tidy fuzz docs release clean

build: bin/ilp-connector

SOURCES := $(shell find . -name '*.go' -not -name '*_test.go' -not -path './tools/*' -not -path './bench/*') go.mod go.sum
BENCH   := $(SOURCES) $(shell find bench -name '*.go' -not -name '*_test.go') bench/subject/environ.js bench/go.mod bench/go.sum

bin/ilp-connector: $(SOURCES)
	CGO_ENABLED=0 $(GO) build -trimpath -o $@ ./cmd/ilp-connector

bin/ilp-bench: $(BENCH)
	cd bench && CGO_ENABLED=0 $(GO) build -trimpath -o ../$@ .

bin/ilp-relay: $(BENCH)
	cd bench && CGO_ENABLED=0 $(GO) build -trimpath -o ../$@ ./relay

bin/ilp-profiled: $(BENCH)
	cd bench && CGO_ENABLED=0 $(GO) build -trimpath -o ../$@ ./profiled

run: build
	./bin/ilp-connector demo

test: $(PEERS) $(VECTORS) other-systems
	$(GO) vet ./...
	$(GO) test -run Alloc ./account ./account/balance ./connector ./ledger ./engine ./engine/middleware ./engine/middleware/dedupe ./ilp ./ilp/btp ./ilp/ccp ./ilp/echo ./link ./link/bearer ./link/btplink ./link/miniaccounts ./link/websocket ./rate ./route
	$(GO) test -race -timeout 30m ./...
	cd bench && $(GO) vet ./... && $(GO) test -race -timeout 30m ./...

# go vet type-checks what it vets, so this proves that everything compiles there.
other-systems:
	@for os in $(OTHER_SYSTEMS); do \
		echo "GOOS=$$os $(GO) vet ./..."; \
		GOOS=$$os GOARCH=amd64 $(GO) vet ./... || exit 1; \
		(cd bench && GOOS=$$os GOARCH=amd64 $(GO) vet ./...) || exit 1; \
	done

# The real JavaScript peers, exactly as locked. Nothing they ship is executed
# while they are installed.
$(PEERS): test/peers/package.json test/peers/package-lock.json
	npm ci --prefix test/peers --ignore-scripts --no-audit --no-fund
	touch $@

# npm xrpl, which test/peers cannot have beside the packages of the reference.
$(VECTORS): settle/xrp/xrpl/testdata/vectors/package.json settle/xrp/xrpl/testdata/vectors/package-lock.json
	npm ci --prefix settle/xrp/xrpl/testdata/vectors --ignore-scripts --no-audit --no-fund
	touch $@

bench: bin/ilp-connector bin/ilp-bench bin/ilp-profiled bin/ilp-relay $(PEERS)
	./bin/ilp-bench $(BENCHFLAGS)

bench-quick: bin/ilp-connector bin/ilp-bench bin/ilp-profiled bin/ilp-relay
	./bin/ilp-bench -quick $(BENCHFLAGS)

microbench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# Targets are run one at a time: that is all go test -fuzz can do.
fuzz:
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

lint:
	$(GO) mod tidy -diff
	cd bench && $(GO) mod tidy -diff
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...
	cd bench && $(GO) tool -modfile=../tools/go.mod golangci-lint run ./...

tidy:
	$(GO) mod tidy
	cd bench && $(GO) mod tidy

docs: $(PEERS)
	$(GO) test ./config -update
	node ilp/testdata/vectors/generate.js

release:
	scripts/release.sh "$(VERSION)"

clean:
	rm -rf bin test/peers/node_modules
