package config

// checkAdminAPI wants a token if other machines can reach the admin API, or a store in which we
// keep one that we make.
func checkAdminAPI(c *Config, schema *setting, r *report) {
	unknown := r.void["storePath"] || r.void["storeConfig"] || r.faulty["adminApiHost"]
	if !c.AdminAPI || c.AdminAPIToken != "" || IsLoopback(c.AdminAPIHost) || c.StoreFile() != "" || unknown {
		return
	}
	s := schema.property("adminApiToken")
	r.add(Fault{
		Path: s.name, Variable: s.variable(),
		Problem: "is not set, and adminApiHost " + show(c.AdminAPIHost) + " is not a loopback address, so a token is needed",
		Hint:    "set it, or CONNECTOR_STORE_PATH to keep one there that we make, or CONNECTOR_ADMIN_API_HOST to 127.0.0.1",
	})
}

// checkSettlementAPI wants a token if other machines can reach the settlement API.
func checkSettlementAPI(c among, r *report) {
	if c.Settles() && c.SettlementAPIToken == "" && !IsLoopback(c.SettlementAPIHost) && !r.faulty["settlementApiHost"] {
		r.fault("settlementApiToken", "is not set, and settlementApiHost is not on loopback: any client that reaches it could credit accounts",
			"set CONNECTOR_SETTLEMENT_API_TOKEN, or CONNECTOR_SETTLEMENT_API_HOST to 127.0.0.1")
	}
}
