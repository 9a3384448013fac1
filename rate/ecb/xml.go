package ecb

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"

	"github.com/ilp-go/connector/rate"
)

// faults maps each currency that has no usable price to the reason.
type faults map[string]error

// parse reads the answer of the source. The error says so if that is a web page.
func parse(body []byte) (rate.Prices, faults, error) {
	if len(body) > bodyBytesMax {
		return nil, nil, fmt.Errorf("the answer is over %d bytes", bodyBytesMax)
	}
	prices, left, err := parseXML(body)
	if err != nil && strings.HasPrefix(http.DetectContentType(body), "text/html") {
		return nil, nil, errors.New("the answer is an HTML page, not exchange rates")
	}
	return prices, left, err
}

// parseXML reads the bank's XML. The prices are the elements
//
//	<Cube currency="USD" rate="1.0876"/>
//
// wherever they are. parseXML leaves out a currency with a rate that is not a positive
// decimal, even if another element has one that is. It refuses a document that is cut off,
// or that has no price that can be used.
func parseXML(body []byte) (rate.Prices, faults, error) {
	prices, left := rate.Prices{}, faults{}
	decoder := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "Cube" {
			add(prices, left, start.Attr)
		}
	}
	for currency := range left {
		delete(prices, currency)
	}
	if len(prices) == 0 {
		return nil, nil, errors.New("the answer holds no exchange rates")
	}
	prices[base] = big.NewRat(1, 1)
	return prices, left, nil
}

// add adds the price of an element, or its fault, if it has one. The base needs no price.
func add(prices rate.Prices, left faults, attributes []xml.Attr) {
	var currency, text string
	for _, attribute := range attributes {
		switch attribute.Name.Local {
		case "currency":
			currency = attribute.Value
		case "rate":
			text = attribute.Value
		}
	}
	if currency == "" || text == "" || currency == base {
		return // an outer Cube groups others, and has neither
	}
	price, err := rate.ParseDecimal(text)
	if err == nil && price.Sign() <= 0 {
		err = fmt.Errorf("%s is not positive", text)
	}
	if err != nil {
		left[currency] = err
		return
	}
	prices[currency] = price
}
