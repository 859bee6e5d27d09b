#!/usr/bin/env node
require('../dist/team.cjs')
