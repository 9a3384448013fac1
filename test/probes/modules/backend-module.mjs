// A backend that is an ES module.
import backend from '../backend.js';

export default class extends backend.default {}
