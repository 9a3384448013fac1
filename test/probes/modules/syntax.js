'use strict';

class Unfinished {
