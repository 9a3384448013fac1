// A plugin that is an ES module.
import Plugin from '../plugin.js';

export default class extends Plugin {}
