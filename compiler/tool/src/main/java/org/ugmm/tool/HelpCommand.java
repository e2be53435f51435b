package org.ugmm.tool;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ugmm help}: what the commands do, with examples. */
@Command(
    name = "help",
    description = "Says what the commands do, with examples; help COMMAND says all of one.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class HelpCommand implements Callable<Integer> {
  /** From a table to answers, in the order in which one would do it. */
  private static final String EXAMPLES =
      """

      Examples, from a table to answers:
        ugmm train penguins.csv --class species -o penguins.circuit
        ugmm inspect penguins.circuit
        ugmm query penguins.circuit --given species=Gentoo --posterior body_mass_g
        ugmm score penguins.circuit new.csv --query class -o classes.csv
        ugmm impute penguins.circuit penguins.csv -o full.csv
        ugmm explain penguins.circuit --given body_mass_g=3700 --target species
        ugmm advise penguins.circuit --given island=Dream --target species
        ugmm check penguins.circuit penguins.csv

      'ugmm help COMMAND' says all of a command. Completion of commands and options:
        source <(ugmm completion bash)          bash, zsh; in ~/.bashrc or ~/.zshrc
        ugmm completion fish | source           fish; in ~/.config/fish/config.fish
      """;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command.")
  private @Nullable String command;

  @Option(names = "--stacktrace", description = "Print a stack trace when something fails.")
  boolean stacktrace;

  @Spec private CommandSpec spec;

  private final Console console;

  HelpCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandLine all = spec.parent().commandLine();
    CommandLine one = command == null ? null : all.getSubcommands().get(command);
    if (command != null && one == null) {
      throw Main.unknown(command);
    }
    console.out().print((one == null ? all : one).getUsageMessage());
    if (one == null) {
      console.out().print(EXAMPLES);
    }
    return 0;
  }
}
