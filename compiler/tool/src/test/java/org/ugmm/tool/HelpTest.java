package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HelpTest {
  @TempDir Path folder;

  @Test
  void help_alone_namesEveryCommandAndShowsExamplesThatAreRead() {
    Run run = Run.of("help");
    assertEquals(0, run.status(), run.err());
    for (String command : Main.commands()) {
      assertTrue(run.out().contains("\n  " + command), command);
    }
    int examples = 0;
    for (String line : run.lines()) {
      if (line.startsWith("  ugmm ") && !line.contains("|")) {
        String command = line.strip().split(" ")[1];
        String help = Run.of("help", command).out();
        for (String word : line.strip().split(" ")) {
          assertTrue(!word.startsWith("-") || help.contains(word), line + ": " + word);
        }
        examples++;
      }
    }
    assertTrue(examples >= 8, run.out());
  }

  @Test
  void help_ofACommand_isItsHelp() {
    assertEquals(Run.of("impute", "--help").out(), Run.of("help", "impute").out());
    Run wrong = Run.of("help", "imput");
    assertEquals(2, wrong.status());
    assertTrue(wrong.err().contains("did you mean impute?"), wrong.err());
  }

  @Test
  void completion_bash_completesCommandsAndOptions() throws Exception {
    Run run = Run.of("completion", "bash");
    assertEquals(0, run.status(), run.err());
    assertEquals(run.out(), Run.of("completion", "zsh").out());
    assertTrue(run.out().contains("--uncertainty"), "options of impute");
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")));
    Path script = folder.resolve("ugmm.sh");
    Files.writeString(
        script,
        run.out()
            + """

            COMP_WORDS=(ugmm imp); COMP_CWORD=1; _complete_ugmm; echo "${COMPREPLY[@]}"
            COMP_WORDS=(ugmm impute --unc); COMP_CWORD=2; _complete_ugmm; echo "${COMPREPLY[@]}"
            """);
    Process bash = new ProcessBuilder("/bin/bash", script.toString()).start();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(bash.waitFor(30, TimeUnit.SECONDS));
    assertEquals("impute\n--uncertainty\n", out);
  }

  @Test
  void completion_fish_namesCommandsAndOptions() throws IOException {
    Run run = Run.of("completion", "fish");
    assertEquals(0, run.status(), run.err());
    for (String command : Main.commands()) {
      assertTrue(run.out().contains("-n __fish_use_subcommand -a " + command + " -d '"), command);
    }
    assertTrue(
        run.out().contains("-n '__fish_seen_subcommand_from impute' -l uncertainty -r -d '"));
    assertTrue(run.out().contains("-n '__fish_seen_subcommand_from impute' -s o -l output -r"));
    for (String line : run.lines()) {
      long quotes = line.replace("\\'", "").chars().filter(c -> c == '\'').count();
      assertEquals(0, quotes % 2, line);
    }
    assertEquals(2, Run.of("completion", "tcsh").status());
    assertEquals(2, Run.of("completion").status());
  }

  @Test
  void version_always_namesCommandEngineAndJava() {
    Run run = Run.of("--version");
    assertEquals(0, run.status());
    assertTrue(run.lines().get(0).startsWith("ugmm "), run.out());
    assertTrue(run.lines().get(1).startsWith("engine "), run.out());
    assertTrue(run.lines().get(2).startsWith("Java "), run.out());
    assertFalse(run.out().contains("null"), run.out());
  }
}
