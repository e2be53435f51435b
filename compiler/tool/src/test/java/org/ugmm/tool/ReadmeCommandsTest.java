package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

/** Keeps what the README says of the command true. */
class ReadmeCommandsTest {
  private static final Path TESTDATA = Golden.find("models").getParent();
  private static final String LAUNCHER = "../compiler/tool/target/ugmm ";

  private static String readme() throws IOException {
    return Files.readString(TESTDATA.resolveSibling("README.md"));
  }

  @Test
  void commands_toTry_runAsTheReadmeSays(@TempDir Path folder) throws IOException {
    List<String> lines = readme().lines().filter(line -> line.startsWith(LAUNCHER)).toList();
    assertTrue(lines.size() >= 5, lines.toString());
    for (String line : lines) {
      boolean isLast = line.endsWith("; cd ..");
      String command = line.substring(LAUNCHER.length()).replaceAll("( &&|;|; cd \\.\\.)$", "");
      List<String> args = new ArrayList<>();
      for (String arg : command.split(" ")) {
        boolean isData = arg.contains("/") && Files.exists(TESTDATA.resolve(arg));
        args.add(isData ? TESTDATA.resolve(arg).toString() : arg.replace("/tmp/", folder + "/"));
      }
      Run run = Run.of(args.toArray(String[]::new));
      assertEquals(isLast ? 4 : 0, run.status(), command + "\n" + run.err());
      assertFalse(run.err().contains("\tat "), run.err());
    }
  }

  @Test
  void tableOfCommands_always_hasEveryCommandAndOnlyOptionsThatThereAre() throws IOException {
    List<String> named = new ArrayList<>();
    Matcher rows = Pattern.compile("(?m)^\\| `ugmm (\\w+)[^|]*\\|.*$").matcher(readme());
    while (rows.find()) {
      named.add(rows.group(1));
      String help = Run.of(rows.group(1), "--help").out();
      Matcher options = Pattern.compile("--[a-z-]+").matcher(rows.group());
      while (options.find()) {
        assertTrue(help.contains(options.group()), rows.group(1) + " " + options.group());
      }
    }
    assertEquals(Main.commands().stream().sorted().toList(), named.stream().sorted().toList());
  }

  @Test
  void map_always_namesWhatIsThere() throws IOException {
    Matcher rows = Pattern.compile("(?m)^\\| `([a-z/]+)/` \\|").matcher(readme());
    int found = 0;
    while (rows.find()) {
      assertTrue(Files.isDirectory(TESTDATA.resolveSibling(rows.group(1))), rows.group());
      found++;
    }
    assertTrue(found >= 5, "rows of the map");
  }
}
