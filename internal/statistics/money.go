package statistics

import (
	"maps"
	"math/big"
	"slices"
)

// maxMinor is the most that the contract lets an amount be.
const maxMinor = 1<<53 - 1

// Money is an amount in the minor unit of one currency.
type Money struct {
	Minor    int64
	Currency string
}

// amounts are sums of money, one for each currency.
type amounts map[string]int64

// add does nothing where there is no currency.
func (a amounts) add(minor int64, currency *string) {
	if currency != nil {
		a[*currency] = max(-maxMinor, min(maxMinor, a[*currency]+minor))
	}
}

// minus returns the differences, also in the currencies of one side alone.
func (a amounts) minus(b amounts) amounts {
	difference := maps.Clone(a)
	for currency, minor := range b {
		difference.add(-minor, &currency)
	}
	return difference
}

// list returns the amounts in the order of their currencies.
func (a amounts) list() []Money {
	list := []Money{}
	for _, currency := range slices.Sorted(maps.Keys(a)) {
		list = append(list, Money{Minor: a[currency], Currency: currency})
	}
	return list
}

// share returns minor × part ÷ whole, rounded half up and not beyond maxMinor; 0
// without a whole.
func share(minor, part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	// (2 × minor × part + whole) ÷ (2 × whole) is the sum rounded half up. The
	// product may need more than 64 bits.
	product := new(big.Int).Mul(big.NewInt(minor), big.NewInt(part))
	product.Lsh(product, 1).Add(product, big.NewInt(whole))
	product.Div(product, new(big.Int).Lsh(big.NewInt(whole), 1))
	if most := big.NewInt(maxMinor); product.CmpAbs(most) > 0 {
		return int64(product.Sign()) * maxMinor
	}
	return product.Int64()
}
