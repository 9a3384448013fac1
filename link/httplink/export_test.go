package httplink

// ServingMax is how many requests of an account may be under way.
const ServingMax = servingMax
