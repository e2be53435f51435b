package org.ugmm.tool;

import java.util.concurrent.Callable;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ugmm completion}: a script by which a shell completes commands and options. */
@Command(
    name = "completion",
    description = "Prints a script by which a shell completes commands and options.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    footer = {
      "",
      "bash, zsh: source <(ugmm completion bash)",
      "fish:      ugmm completion fish | source"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CompletionCommand implements Callable<Integer> {
  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
  private String shell;

  @Option(names = "--stacktrace", description = "Print a stack trace when something fails.")
  boolean stacktrace;

  @Spec private CommandSpec spec;

  private final Console console;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CommandLine all = spec.parent().commandLine();
    console
        .out()
        .print(
            switch (shell) {
              case "bash", "zsh" -> AutoComplete.bash("ugmm", all); // one script serves both
              case "fish" -> fish(all);
              default ->
                  throw new UsageException(
                      "completion for '%s'; expected bash, zsh or fish"
                          .formatted(Words.shorten(shell)));
            });
    return 0;
  }

  private static String fish(CommandLine all) {
    StringBuilder script = new StringBuilder("# completion of ugmm for fish\n");
    all.getSubcommands()
        .forEach(
            (name, command) -> {
              String[] about = command.getCommandSpec().usageMessage().description();
              script
                  .append("complete -c ugmm -n __fish_use_subcommand -a ")
                  .append(name)
                  .append(" -d ")
                  .append(quoted(about.length == 0 ? "" : about[0]))
                  .append('\n');
              for (OptionSpec option : command.getCommandSpec().options()) {
                script.append(
                    "complete -c ugmm -n '__fish_seen_subcommand_from %s'".formatted(name));
                for (String each : option.names()) {
                  boolean isLong = each.startsWith("--");
                  script.append(isLong ? " -l " : " -s ").append(each.substring(isLong ? 2 : 1));
                }
                boolean takesValue = option.arity().max() > 0;
                String says = option.description().length == 0 ? "" : option.description()[0];
                script.append(takesValue ? " -r" : "").append(" -d ").append(quoted(says));
                script.append('\n');
              }
            });
    return script.toString();
  }

  /** The first sentence in single quotes. */
  private static String quoted(String text) {
    String plain = text.replaceAll(" \\(default.*|\\$\\{[^}]*}", "").replaceAll("[.;:] .*", "");
    return "'" + plain.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
