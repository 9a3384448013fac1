package config

import "strings"

// didYouMean returns a hint that names the candidate nearest to word, or "" if none is
// near.
func didYouMean(word string, candidates []string) string {
	if near := nearest(word, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// nearest returns the candidate with the fewest differences to word, or "" if all have
// too many to be typing mistakes. Case and separators do not count.
func nearest(word string, candidates []string) string {
	folded := fold(word)
	best, fewest := "", 1+min(len(folded)/4, 3)
	for _, candidate := range candidates {
		if d := distance(folded, fold(candidate)); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

func fold(word string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(word))
}

// distance counts the insertions, deletions, replacements and swaps of adjacent letters
// between two words. It does not compare words of very different length.
func distance(a, b string) int {
	if d := len(a) - len(b); d > 8 || d < -8 {
		return max(d, -d)
	}
	// rows[i][j] is the distance between the first i of a and the first j of b.
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			least := min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				least = min(least, rows[i-2][j-2]+1)
			}
			rows[i][j] = least
		}
	}
	return rows[len(a)][len(b)]
}
