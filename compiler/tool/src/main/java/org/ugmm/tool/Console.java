package org.ugmm.tool;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * The streams of one run of the command.
 *
 * @param in standard input
 * @param out standard output: answers only
 * @param err standard error: messages and progress
 * @param isTerminal whether standard error is a terminal that can show progress
 */
record Console(InputStream in, PrintStream out, PrintStream err, boolean isTerminal) {}
