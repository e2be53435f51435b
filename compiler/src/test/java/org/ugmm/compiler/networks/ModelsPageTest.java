package org.ugmm.compiler.networks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.Shared;

/** The page on models of other tools states the sizes that networks compile to. */
class ModelsPageTest {
  private static final Pattern ROW =
      Pattern.compile("\\| (\\w+) \\| (\\d+) \\| ([\\d,]+) \\| (\\d+) \\|");
  private static final Pattern TABLE = Pattern.compile("the largest table has (\\d+) of them");

  @Test
  void sizesOfNetworks_areWhatTheyCompileTo() throws IOException {
    Path page = Golden.find("models").resolve("../../compiler/docs/models.md");
    int checked = 0;
    for (Matcher row = ROW.matcher(Files.readString(page)); row.find(); ) {
      Optional<Path> file = file(row.group(1));
      if (file.isEmpty()) {
        continue; // a network that may not be copied, and is not beside the project
      }
      Compilation compiled = ModelCompiler.compile(file.get(), CompileOptions.defaults());
      assertEquals(Integer.parseInt(row.group(2)), compiled.circuit().numVariables(), row.group(1));
      assertEquals(
          Integer.parseInt(row.group(3).replace(",", "")),
          compiled.circuit().numEdges(),
          row.group(1));
      Matcher table = TABLE.matcher(compiled.passes().get(0).notes().toString());
      assertTrue(table.find(), row.group(1));
      assertEquals(
          Integer.parseInt(row.group(4)), Integer.parseInt(table.group(1)) - 1, row.group(1));
      checked++;
    }
    assertTrue(checked >= 2, "only " + checked + " networks of the page were found");
  }

  private static Optional<Path> file(String name) {
    Path copied = Golden.find("models/networks").resolve(name + ".bif");
    return Files.exists(copied)
        ? Optional.of(copied)
        : Shared.find("data/networks/" + name + ".bif");
  }
}
