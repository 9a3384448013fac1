'use strict';

// This module exports nothing.
