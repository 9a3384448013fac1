package peering

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Prefix begins the text of every invitation, of any version.
const Prefix = "ilp-peer:"

// version follows it, and what it stands for never changes.
const version = "1"

// TextBytesMax bounds the text of an invitation. InputBytesMax bounds what it is found in, such as
// a mail.
const (
	TextBytesMax  = 4 << 10
	InputBytesMax = 64 << 10
)

// TimeFormat is how times are written.
const TimeFormat = time.RFC3339

// sumBytes is the length of the checksum: the first bytes of the SHA-256 hash of what stands
// before it.
const sumBytes = 8

// Why a text is no invitation that can be accepted.
var (
	ErrNone    = errors.New("there is no invitation: it begins with " + Prefix)
	ErrVersion = errors.New("the invitation is of a version that this program does not know: update the program, or ask for an invitation of version " + version)
	ErrDamaged = errors.New("the invitation was damaged or changed on its way: copy the whole line, and nothing else; if that does not help, ask for it again")
	ErrExpired = errors.New("the invitation has expired: ask for a new one")
	ErrInvalid = errors.New("the invitation makes no sense, so do not accept it; ask for another one")

	errTwo = errors.New("there are two invitations, and only one can be meant: keep one of them")
)

// Invitation is what the text says, as it is for the side that accepts.
type Invitation struct {
	// Endpoint is the URL to dial, and Token what proves the invitation.
	Endpoint string `json:"endpoint"`
	Token    string `json:"token"`
	// Address is the ILP address of the connector that invites.
	Address string `json:"address"`
	// Relation is what that connector becomes: peer, parent or child.
	Relation   string `json:"relation"`
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
	// Balance, MaxPacketAmount and RateLimit are proposed for the account of the side that accepts.
	Balance         Balance   `json:"balance"`
	MaxPacketAmount string    `json:"maxPacketAmount"`
	RateLimit       RateLimit `json:"rateLimit"`
	// Expires is when the token is void unless it was used.
	Expires time.Time `json:"expires"`
}

// Balance limits what each side may owe the other, in base units.
type Balance struct {
	Maximum string `json:"maximum"`
	Minimum string `json:"minimum"`
}

// RateLimit bounds the packets of the other side: so many in each period of milliseconds.
type RateLimit struct {
	RefillPeriod int64 `json:"refillPeriod"`
	RefillCount  int64 `json:"refillCount"`
}

// Text returns the invitation as one line, which holds the token.
func (i Invitation) Text() string {
	body, err := json.Marshal(i)
	if err != nil {
		panic("peering: encode: " + err.Error()) // it holds texts and numbers
	}
	return sealed(body)
}

// sealed returns a text with a checksum.
func sealed(body []byte) string {
	sum := checksum(body)
	return Prefix + version + ":" + base64.RawURLEncoding.EncodeToString(slices.Concat(body, sum[:]))
}

func checksum(body []byte) (sum [sumBytes]byte) {
	whole := sha256.Sum256(append([]byte(Prefix+version+":"), body...))
	copy(sum[:], whole[:])
	return sum
}

// Parse finds the invitation in a text, which may say more, and checks it. It does not look at the
// time: see Invitation.Current.
func Parse(text string) (i Invitation, err error) {
	if len(text) > InputBytesMax {
		return i, fmt.Errorf("%w; the text has more than %d bytes", ErrNone, InputBytesMax)
	}
	line, rest, err := find(text)
	if err != nil {
		return i, err
	}
	body, err := opened(line)
	for errors.Is(err, ErrDamaged) && len(rest) > 0 && len(line) <= TextBytesMax { // a mail may have folded it
		line, rest = line+strings.TrimLeft(rest[0], ">"), rest[1:]
		body, err = opened(line)
	}
	if err != nil {
		return i, err
	}
	err = json.Unmarshal(body, &i)
	again, _ := json.Marshal(i)                  // fails for times alone that check would refuse
	if err != nil || !bytes.Equal(again, body) { // a field too many, or one that stands there twice
		return Invitation{}, fmt.Errorf("%w: it is not written as version %s has it", ErrInvalid, version)
	}
	if err := i.check(); err != nil {
		return Invitation{}, err
	}
	return i, nil
}

// opened returns what sealed has made a line of.
func opened(line string) (body []byte, err error) {
	v, encoded, ok := strings.Cut(strings.TrimPrefix(line, Prefix), ":")
	switch {
	case !ok || v == "" || len(line) > TextBytesMax:
		return nil, ErrDamaged
	case v != version:
		return nil, ErrVersion
	}
	whole, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(whole) <= sumBytes {
		return nil, ErrDamaged
	}
	body, sum := whole[:len(whole)-sumBytes], whole[len(whole)-sumBytes:]
	if want := checksum(body); !bytes.Equal(sum, want[:]) {
		return nil, ErrDamaged
	}
	return body, nil
}

// find returns the word of a text that begins an invitation, and the words after it.
func find(text string) (line string, rest []string, err error) {
	words := strings.Fields(text)
	for i, word := range words {
		if !strings.HasPrefix(word, Prefix) {
			continue
		}
		if line != "" && line != word {
			return "", nil, errTwo
		}
		line, rest = word, words[i+1:]
	}
	if line == "" {
		return "", nil, ErrNone
	}
	return line, rest, nil
}

// Current returns an error if the invitation has expired.
func (i Invitation) Current(now time.Time) error {
	if !now.Before(i.Expires) {
		return fmt.Errorf("%w; it was good until %s", ErrExpired, i.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}
