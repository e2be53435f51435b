package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

/**
 * Runs what the pages of the command and about reasoning show: in each block {@code console},
 * {@code $ cat FILE} makes a file of the lines below it, and {@code $ ugmm ...} must print the
 * lines below it, up to the last digits of numbers. A line {@code ...} stands for any lines.
 */
class CommandPageTest {
  private static final Path PAGE =
      Golden.find("models").getParent().resolveSibling("compiler/docs/command.md");
  private static final Path REASONING = PAGE.resolveSibling("reasoning.md");

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  @TempDir Path folder;

  private static List<List<String>> blocks() throws IOException {
    List<List<String>> blocks = new ArrayList<>();
    Matcher found =
        Pattern.compile("(?ms)^```console\\n(.*?)^```$")
            .matcher(Files.readString(PAGE) + Files.readString(REASONING));
    while (found.find()) {
      blocks.add(found.group(1).lines().toList());
    }
    return blocks;
  }

  @Test
  void blocks_always_printWhatThePageSays() throws IOException {
    Files.copy(Golden.find(Run.IRIS_CIRCUIT), folder.resolve("iris.json"));
    Files.copy(Golden.find("data/iris.csv"), folder.resolve("iris.csv"));
    Files.copy(Golden.find("models/networks/asia.bif"), folder.resolve("asia.bif"));
    int count = 0;
    for (List<String> block : blocks()) {
      for (int i = 0; i < block.size(); ) {
        String command = block.get(i);
        assertTrue(command.startsWith("$ "), command);
        int end = i + 1;
        while (end < block.size() && !block.get(end).startsWith("$ ")) {
          end++;
        }
        List<String> below = block.subList(i + 1, end);
        if (command.startsWith("$ cat ")) {
          Files.write(folder.resolve(command.substring(6)), below);
        } else {
          check(command.substring("$ ugmm ".length()), below);
          count++;
        }
        i = end;
      }
    }
    assertTrue(count >= 1, "commands on the page: " + count);
  }

  private void check(String command, List<String> expected) {
    List<String> args = new ArrayList<>();
    Matcher words = WORD.matcher(command);
    while (words.find()) {
      String word = words.group(1) == null ? words.group(2) : words.group(1);
      args.add(word.matches("[\\w.-]+\\.\\w+") ? folder.resolve(word).toString() : word);
    }
    Run run = Run.of(args.toArray(String[]::new));
    assertEquals(0, run.status(), command + "\n" + run.err());
    List<String> actual = run.lines().stream().map(String::stripTrailing).toList();
    int at = 0;
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i).equals("...")) {
        at = actual.size() - (expected.size() - i - 1);
        continue;
      }
      assertTrue(at < actual.size(), command + " prints\n" + run.out());
      assertAlike(expected.get(i), actual.get(at++), command + " prints\n" + run.out());
    }
    assertEquals(actual.size(), at, command + " prints\n" + run.out());
  }

  /** The same text with nearly the same numbers. */
  private static void assertAlike(String expected, String actual, String what) {
    Matcher a = NUMBER.matcher(expected);
    Matcher b = NUMBER.matcher(actual);
    assertEquals(squeezed(a), squeezed(b), what);
    a.reset();
    b.reset();
    while (a.find() && b.find()) {
      double x = Double.parseDouble(a.group());
      boolean isTiny = Math.abs(x) < 1e-9; // an error bound
      assertEquals(
          x, Double.parseDouble(b.group()), isTiny ? 1e-9 : 1e-6 * Math.abs(x) + 1e-12, what);
    }
  }

  private static String squeezed(Matcher numbers) {
    return numbers.replaceAll("#").replaceAll(" +", " ").replaceAll("-{3,}", "---");
  }

  @Test
  void page_always_hasASectionForEachCommandOfTables() throws IOException {
    String page = Files.readString(PAGE);
    for (String command : Arrays.asList("impute", "explain", "advise", "check", "help")) {
      assertTrue(page.contains("\n## `ugmm " + command), command);
    }
  }
}
