package org.ugmm.tool;

import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands take that look at every row of a table with a model. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RowOptions {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model, a file of any format that is read.")
  Path model;

  @Parameters(
      index = "1",
      paramLabel = "DATA",
      description = "CSV file, also .gz, or .parquet; - for standard input.")
  Path data;

  @Option(
      names = "--strict",
      description = "Stop at the first row in error (exit status 3) or refused (4).")
  boolean isStrict;

  @Mixin TableOptions table;
}
