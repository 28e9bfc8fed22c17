"""Operations as methods: arguments, results, and the descriptors that resources consist of."""
