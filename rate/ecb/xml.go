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

// parse reads the answer of the source. The error says so if that is a web page.
func parse(body []byte) (rate.Prices, error) {
	if len(body) > bodyBytesMax {
		return nil, fmt.Errorf("the answer is over %d bytes", bodyBytesMax)
	}
	prices, err := parseXML(body)
	if err != nil && strings.HasPrefix(http.DetectContentType(body), "text/html") {
		return nil, errors.New("the answer is an HTML page, not exchange rates")
	}
	return prices, err
}

// parseXML reads the bank's XML. The prices are the elements
//
//	<Cube currency="USD" rate="1.0876"/>
//
// wherever they are. parseXML refuses a document that is cut off, that has no such element,
// or that has one whose rate is not a positive decimal.
func parseXML(body []byte) (rate.Prices, error) {
	prices := rate.Prices{}
	decoder := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "Cube" {
			if err := add(prices, start.Attr); err != nil {
				return nil, err
			}
		}
	}
	if len(prices) == 0 {
		return nil, errors.New("the answer holds no exchange rates")
	}
	prices[base] = big.NewRat(1, 1)
	return prices, nil
}

// add adds the price of an element, if it has one.
func add(prices rate.Prices, attributes []xml.Attr) error {
	var currency, text string
	for _, attribute := range attributes {
		switch attribute.Name.Local {
		case "currency":
			currency = attribute.Value
		case "rate":
			text = attribute.Value
		}
	}
	if currency == "" || text == "" {
		return nil // an outer Cube, which groups others
	}
	price, err := rate.ParseDecimal(text)
	if err == nil && price.Sign() <= 0 {
		err = fmt.Errorf("%s is not positive", text)
	}
	if err != nil {
		return fmt.Errorf("rate of %q: %w", currency, err)
	}
	prices[currency] = price
	return nil
}
