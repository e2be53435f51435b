/** The command {@code ugmm}: compile, inspect, query and score from a terminal or a script. */
@NullMarked
package org.ugmm.compiler.cli;

import org.jspecify.annotations.NullMarked;
