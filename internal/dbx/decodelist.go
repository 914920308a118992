package dbx

import "encoding/binary"

func (d *decoder) decodeList(k kind, value []byte, destination any) bool {
	switch k {
	case intoStrings:
		return list(d, &d.strings, value, destination, func(value []byte, to *string) bool {
			*to = d.text(value)
			return true
		})
	case intoUUIDs:
		return list(d, &d.uuids, value, destination, uuidOf)
	case intoDates:
		return list(d, &d.times, value, destination, dateOf)
	default:
		return list(d, &d.int64s, value, destination, int64Of)
	}
}

// list decodes an array of one dimension without nulls.
func list[T any](d *decoder, s *slab[T], value []byte, destination any, of func(value []byte, to *T) bool) bool {
	to, ok := destination.(*[]T)
	if !ok {
		return false
	}
	if value == nil {
		*to = nil
		return true
	}
	n, elements, ok := elementsOf(value)
	if !ok {
		return false
	}
	made := s.take(d, n)
	for i := range made {
		if len(elements) < 4 {
			return false
		}
		size := int(int32(binary.BigEndian.Uint32(elements)))
		elements = elements[4:]
		if size < 0 || size > len(elements) || !of(elements[:size:size], &made[i]) {
			return false
		}
		elements = elements[size:]
	}
	*to = made
	return len(elements) == 0
}

// elementsOf returns how many elements an array in the binary format has, and
// where they begin; false for one of several dimensions.
func elementsOf(value []byte) (n int, elements []byte, ok bool) {
	// The number of dimensions, whether there are nulls, the type of the elements;
	// and for a dimension its length and where it counts from.
	const header, dimension = 12, 8
	if len(value) < header {
		return 0, nil, false
	}
	switch binary.BigEndian.Uint32(value) {
	case 0:
		return 0, value[header:], true
	case 1:
		if len(value) < header+dimension {
			return 0, nil, false
		}
		n = int(binary.BigEndian.Uint32(value[header:]))
		elements = value[header+dimension:]
		// Each has its length before it.
		return n, elements, n <= len(elements)/4
	default:
		return 0, nil, false
	}
}
