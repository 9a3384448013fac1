package plugin

import "time"

// SetPatience sets how long a connect may be under way until the failure of the one before is forgotten.
func (l *Link) SetPatience(d time.Duration) { l.patience = d }
