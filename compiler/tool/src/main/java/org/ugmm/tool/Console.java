package org.ugmm.tool;

import java.io.InputStream;
import java.io.PrintStream;
import org.ugmm.tool.out.StandardOutput;

/**
 * The streams of one run of the command.
 *
 * @param in standard input
 * @param out standard output: answers only; throws {@link org.ugmm.tool.out.OutputException} where
 *     a write fails
 * @param err standard error: messages and progress
 * @param isTerminal whether standard error is a terminal that can show progress
 * @param showsAnswers whether standard output is a terminal too, where progress would mix with rows
 * @param columns of the terminal; {@link StandardOutput#UNLIMITED} where there is none, or it does
 *     not say
 */
record Console(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean isTerminal,
    boolean showsAnswers,
    int columns) {
  /** A note on standard error. */
  void note(String text) {
    // a progress bar may stand on the line
    err.println((isTerminal ? "\r\u001b[K" : "") + "ugmm: note: " + text);
  }
}
