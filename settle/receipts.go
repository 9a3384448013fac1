package settle

import "fmt"

// Receipts are the latest receipts of an account, latest first, at most max of them. It
// may read the store.
func (c *Cashier) Receipts(accountID string, max int) ([]Credit, error) {
	if c.Find(accountID) == nil {
		return nil, ErrNoAccount
	}
	d := c.drawer(accountID)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.load(c.Store); err != nil {
		return nil, fmt.Errorf("receipts of account %q: %w", accountID, err)
	}
	return d.latest(max), nil
}

// Leftovers are what counterparties have paid that is less than a unit of their account,
// in the order of account ids. It reads the store.
func (c *Cashier) Leftovers() ([]Leftover, error) {
	var all []Leftover
	err := c.Store.Load(leftovers, func(key string, value []byte) error {
		l, err := readLeftover(key, value)
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("leftovers: %w", err)
	}
	return all, nil
}
