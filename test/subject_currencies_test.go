package test

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/ilp-go/connector/rate"
)

// bankRates are prices of the ECB of all its currencies, and of one that it had once.
const bankRates = `AUD 1.7766 BGN 1.9558 BRL 6.1523 CAD 1.6189 CHF 0.9359 CNY 8.2081 CZK 24.251 DKK 7.4688 GBP 0.87193 HKD 9.0629
	HUF 384.45 IDR 19369.42 ILS 3.7978 INR 104.2355 ISK 147.4 JPY 180.83 KRW 1704.52 MXN 21.2967 MYR 4.8043 NOK 11.7683 NZD 2.0269
	PHP 68.256 PLN 4.2343 RON 5.0895 SEK 10.967 SGD 1.509 THB 37.355 TRY 49.3654 USD 1.1646 ZAR 19.8553`

// currency is an account with the price of its currency.
type currency struct {
	account
	price *big.Rat
}

// currencies is what the backend ecb makes of amounts between all currencies of the bank, in all scales from 0 to 18
// and up to the largest amount.
func currencies() subject {
	all := []currency{{account{id: "eur", relation: "child", asset: "EUR", scale: 18}, big.NewRat(1, 1)}}
	var mock []string
	fields := strings.Fields(bankRates)
	for i := 0; i < len(fields); i += 2 {
		price, err := rate.ParseDecimal(fields[i+1])
		if err != nil {
			panic(err)
		}
		a := account{id: strings.ToLower(fields[i]), relation: "child", asset: fields[i], scale: i / 2 * 7 % 19}
		all = append(all, currency{a, price})
		mock = append(mock, fmt.Sprintf("%q:%s", fields[i], fields[i+1]))
	}
	s := subject{name: "rates-of-all-currencies", config: config{address: "test.conn", env: map[string]string{
		"BACKEND":        "ecb",
		"BACKEND_CONFIG": `{"mockData":{"base":"EUR","rates":{` + strings.Join(mock, ",") + `}}}`,
		"SPREAD":         "0.002",
	}}}
	for i, from := range all {
		s.config.accounts = append(s.config.accounts, from.account)
		for _, step := range []int{5, 13} {
			s.addAmounts(from, all[(i+step)%len(all)])
		}
		for _, to := range all {
			s.addRate(from, to)
		}
	}
	return s
}

// spreadLeft is what the spread of the subject leaves.
var spreadLeft = big.NewRat(998, 1000)

// exactRate is the rate between two currencies. Ours has it.
func exactRate(from, to currency) *big.Rat {
	r := new(big.Rat).Quo(to.price, from.price)
	return r.Mul(r, new(big.Rat).Mul(power(to.scale-from.scale), spreadLeft))
}

// roundedRate is the rate of the reference. It cuts the quotient to 20 decimals, and the rate to 15 digits.
func roundedRate(from, to currency) *big.Rat {
	r := new(big.Rat).Quo(to.price, from.price)
	r = rounded(r.Mul(r, power(to.scale-from.scale)), 20)
	if r.Mul(r, spreadLeft).Sign() == 0 {
		return r
	}
	magnitude := 0 // of the first digit
	for r.Cmp(power(magnitude+1)) >= 0 {
		magnitude++
	}
	for r.Cmp(power(magnitude)) < 0 {
		magnitude--
	}
	return rounded(r, 14-magnitude)
}

// rounded is x with some decimals, half up. Less than none leaves zeros in front of the point.
func rounded(x *big.Rat, decimals int) *big.Rat {
	scaled := new(big.Rat).Mul(x, power(decimals))
	scaled.Add(scaled, big.NewRat(1, 2))
	whole := new(big.Int).Div(scaled.Num(), scaled.Denom())
	return new(big.Rat).Mul(new(big.Rat).SetInt(whole), power(-decimals))
}

func power(n int) *big.Rat {
	p := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
	if n < 0 {
		p.Inv(p)
	}
	return p
}

// converted is the whole part of an amount at a rate.
func converted(amount uint64, r *big.Rat) *big.Int {
	product := new(big.Rat).Mul(new(big.Rat).SetInt(new(big.Int).SetUint64(amount)), r)
	return new(big.Int).Div(product.Num(), product.Denom())
}

// addAmounts adds packets between two currencies: the largest that fits in both connectors, and smaller ones.
func (s *subject) addAmounts(from, to currency) {
	exact, theirs := exactRate(from, to), roundedRate(from, to)
	most := new(big.Rat).SetInt(new(big.Int).SetUint64(math.MaxUint64))
	larger := exact
	if theirs.Cmp(larger) > 0 {
		larger = theirs
	}
	limit := new(big.Rat).Quo(most, larger)
	largest := new(big.Int).Div(limit.Num(), limit.Denom())
	if !largest.IsUint64() {
		largest.SetUint64(math.MaxUint64)
	}
	seen := map[uint64]bool{}
	for _, amount := range []uint64{largest.Uint64(), largest.Uint64()/3 + 1, 9007199254740993, 999} {
		if seen[amount] || amount > largest.Uint64() {
			continue
		}
		seen[amount] = true
		added := s.add(fmt.Sprintf("%d from %s to %s", amount, from.id, to.id),
			prepare{from: from.id, to: "test.conn." + to.id, amount: fmt.Sprint(amount)})
		if ours := converted(amount, exact); ours.Cmp(converted(amount, theirs)) != 0 {
			added.differ("rates are exact", outcome{
				Reply: reply{Type: "fulfill", Fulfillment: "the preimage"},
				Received: []delivery{{
					At: to.id, Amount: ours.String(), Destination: "test.conn." + to.id, Expiry: "-1s after the sender's", Condition: "as sent",
				}},
			})
		}
	}
}

// addRate adds the rate that the admin API tells, if ours has another.
func (s *subject) addRate(from, to currency) {
	shown := func(x *big.Rat) string {
		r, err := rate.FromRat(x)
		if err != nil {
			panic(err)
		}
		return "number " + double(r.Number().String(), rateDigits)
	}
	ours := shown(exactRate(from, to))
	if from.id != to.id && ours != shown(roundedRate(from, to)) {
		s.differs = append(s.differs, difference{"/rates " + from.id + "." + to.id, ours, "rates are exact"})
	}
}
