package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Backup writes a copy of the connector's store to w. It has no timeout: end ctx to give up.
// After an error, discard what it has written.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	const path = "/store/backup"
	request, err := c.request(ctx, http.MethodPost, path, nil)
	if err != nil {
		return err
	}
	noTimeout := *c.http
	noTimeout.Timeout = 0
	response, err := noTimeout.Do(request)
	if err != nil {
		return c.unreachable(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusMultipleChoices {
		answer, err := io.ReadAll(io.LimitReader(response.Body, refusalBytesMax))
		if err != nil {
			return fmt.Errorf("read the answer of %s%s: %w", c.base, path, err)
		}
		return c.errorOf(response.StatusCode, answer)
	}
	if got := response.Header.Get("Content-Type"); got != "application/octet-stream" {
		return fmt.Errorf("%s%s does not answer like an admin API: it sends %q", c.base, path, got)
	}
	_, err = io.Copy(w, response.Body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the backup was cut off: the log of the connector says why")
	}
	return err
}

// refusalBytesMax bounds the text of a refusal.
const refusalBytesMax = 64 << 10
