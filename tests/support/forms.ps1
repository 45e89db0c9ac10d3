# Names what a shipped script must not contain: forms that Windows PowerShell 5.1 lacks, and habits that hide a failure.
# One line for each finding: file:line: rule. It parses with the running engine, which knows all newer forms by name.
[CmdletBinding(PositionalBinding = $false)]
param([Parameter(Mandatory = $true)][string]$Folder)
$ErrorActionPreference = 'Stop'
$newCommands = 'Get-Error', 'Join-String', 'Test-Json', 'Get-Uptime', 'Remove-Alias', 'Start-ThreadJob', 'Get-SecureRandom', 'ConvertTo-CliXml', 'ConvertFrom-CliXml', 'Switch-Process', 'ConvertFrom-Markdown', 'Show-Markdown', 'Remove-Service', 'Get-ExperimentalFeature', 'Enable-ExperimentalFeature', 'Get-PSSubsystem'
$newVariables = 'IsWindows', 'IsLinux', 'IsMacOS', 'IsCoreCLR', 'PSStyle', 'PSNativeCommandUseErrorActionPreference', 'PSNativeCommandArgumentPassing', 'EnabledExperimentalFeatures'
$newParameters = 'AsArray', 'AsHashtable', 'NoEnumerate', 'EnumsAsStrings', 'EscapeHandling', 'DateKind', 'Parallel', 'ThrottleLimit', 'AsByteStream', 'UseWindowsPowerShell', 'SkipEditionCheck', 'SkipCertificateCheck', 'ProgressAction', 'AdditionalChildPath', 'LeafBase', 'StatusCodeVariable', 'MaximumRetryCount', 'SkipHeaderValidation', 'UseQuotes', 'QuoteFields', 'NoEmphasis', 'AllStats', 'StandardDeviation'
$newThere = @{
    'ConvertFrom-Json' = @('Depth'); 'ConvertFrom-SecureString' = @('AsPlainText'); 'Where-Object' = @('Not'); 'Split-Path' = @('Extension'); 'Join-Path' = @('Extension')
    'Sort-Object' = @('Stable', 'Top', 'Bottom'); 'Select-String' = @('Raw', 'Culture'); 'Get-PfxCertificate' = @('Password'); 'Start-Process' = @('Environment')
    'Invoke-WebRequest' = @('Authentication', 'Token'); 'Invoke-RestMethod' = @('Authentication', 'Token'); 'Export-Csv' = @('NoHeader')
}
$asking = 'Read-Host', 'Get-Credential', 'Write-Host', 'Out-Host', 'Out-String', 'Format-Table', 'Format-List', 'Out-Default'
$oldAliases = 'ls', 'cat', 'cp', 'mv', 'rm', 'ps', 'sort', 'sleep', 'kill', 'diff', 'tee', 'write', 'curl', 'wget', 'sc', 'asnp', 'gwmi', 'swmi', 'iwmi', 'start', 'compare', 'echo', 'dir', 'cd', 'type', 'set', 'copy', 'move', 'del'
$automatic = 'args', 'input', 'matches', 'host', 'error', 'pid', 'event', 'sender', 'profile', 'this', '_'

function Test-InLoop {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)]$Node)
    for ($up = $Node.Parent; $null -ne $up; $up = $up.Parent) {
        if ($up -is [System.Management.Automation.Language.LoopStatementAst] -or $up -is [System.Management.Automation.Language.SwitchStatementAst]) { return $true }
        if ($up -is [System.Management.Automation.Language.ScriptBlockAst]) { return $false }
    }
    $false
}

# keys of the tables that a script splats, by the name of the variable
function Get-Splat {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)]$Tree)
    $found = @{}
    foreach ($one in $Tree.FindAll({ $args[0] -is [System.Management.Automation.Language.AssignmentStatementAst] }, $true)) {
        $table = $one.Right.Find({ $args[0] -is [System.Management.Automation.Language.HashtableAst] }, $false)
        if ($null -ne $table) { $found[$one.Left.Extent.Text.TrimStart('$')] = @($table.KeyValuePairs | ForEach-Object -Process { $_.Item1.Extent.Text.Trim("'") }) }
    }
    $found
}

function Find-InArguments {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)]$Node, [Parameter(Mandatory = $true)]$Known, [Parameter(Mandatory = $true)][AllowEmptyCollection()][string[]]$Given, [Parameter(Mandatory = $true)]$Splats)
    $follows = $false
    foreach ($element in @($Node.CommandElements | Select-Object -Skip 1)) {
        if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
            $follows = $null -eq $element.Argument
            $full = $Known.Parameters.Keys -contains $element.ParameterName
            if ($follows -and $full) { $follows = $Known.Parameters[$element.ParameterName].ParameterType -ne [switch] }
            if (-not $full) { "no full name of a parameter: -$($element.ParameterName)" }
            continue
        }
        if ($element -is [System.Management.Automation.Language.VariableExpressionAst] -and $element.Splatted) {
            foreach ($key in @($Splats[$element.VariablePath.UserPath])) { if ($Given -contains $key) { "given twice, of which 5.1 makes an error: -$key" } }
        }
        elseif (-not $follows) { "a value by position: $($element.Extent.Text)" }
        $follows = $false
    }
}

function Find-InCommand {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)]$Node, [Parameter(Mandatory = $true)]$Splats)
    $command = $Node.GetCommandName()
    $given = @($Node.CommandElements | Where-Object -FilterScript { $_ -is [System.Management.Automation.Language.CommandParameterAst] } | ForEach-Object -Process { $_.ParameterName })
    $splatted = @($Node.CommandElements | Where-Object -FilterScript { $_ -is [System.Management.Automation.Language.VariableExpressionAst] -and $_.Splatted }).Count
    if (-not $command) { 'a command that is computed'; return }
    if ($newCommands -contains $command) { "a command of PowerShell 7: $command" }
    if ($command -eq 'Set-StrictMode') { 'strict mode stays in the runspace' }
    foreach ($name in $given) { if (@($newThere[$command]) -contains $name) { "a parameter of PowerShell 7: $command -$name" } }
    # run.ps1 is started by a person, and runs the scripts beside it
    $forPeople = (Split-Path -Path $Node.Extent.File -Leaf) -eq 'run.ps1'
    if ($forPeople -and $command -eq 'Read-Host') { return }
    if ($asking -contains $command) { "a command for people: $command" }
    if ($command -eq 'Invoke-Expression') { 'text as code' }
    $own = $forPeople -and $command -like '.\*.ps1'
    if (-not $own -and ($oldAliases -contains $command -or $command -notlike '*-*')) { "an alias or a program: $command" }
    foreach ($name in $given) { if ($newParameters -contains $name) { "a parameter of PowerShell 7: $name" } }
    if ($command -eq 'ConvertTo-Json' -and ($given -notcontains 'Depth' -or $given -notcontains 'InputObject')) { 'ConvertTo-Json without InputObject and Depth' }
    $known = Get-Command -Name $command -ErrorAction Ignore
    $changes = @('Set', 'Start', 'Stop', 'Restart', 'Remove', 'Clear') -contains $command.Split('-')[0]
    $asks = $given -contains 'Confirm' -or @($Node.CommandElements | Where-Object -FilterScript { $_ -is [System.Management.Automation.Language.VariableExpressionAst] -and $_.Splatted -and @($Splats[$_.VariablePath.UserPath]) -contains 'Confirm' }).Count
    if ($changes -and -not $asks -and $command -ne 'Set-Location') { "without -Confirm:`$false: $command" }
    if ($null -ne $known -and $known.CommandType -eq 'Cmdlet') { Find-InArguments -Node $Node -Known $known -Given $given -Splats $Splats }
    $core = $null -ne $known -and $known.Source -like 'Microsoft.PowerShell.*'
    if (-not $core -and $given -notcontains 'ErrorAction' -and $splatted -eq 0) { "without -ErrorAction: $command" }
    if ($null -ne $Node.Find({ param($one) $one -is [System.Management.Automation.Language.ExpandableStringExpressionAst] }, $true)) { 'a value inside a text of a command' }
}

function Find-InNode {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)]$Node, [Parameter(Mandatory = $true)]$Splats)
    switch ($Node.GetType().Name) {
        'PipelineChainAst' { '&& or ||' }
        'TernaryExpressionAst' { '?:' }
        'ExitStatementAst' { 'exit ends a remote pipeline as if it were done' }
        'UsingStatementAst' { 'using' }
        'BreakStatementAst' { if (-not (Test-InLoop -Node $Node)) { 'break outside a loop' } }
        'ContinueStatementAst' { if (-not (Test-InLoop -Node $Node)) { 'continue outside a loop' } }
        'NamedBlockAst' { if ($Node.BlockKind -eq 'Clean') { 'clean' } }
        'PipelineAst' {
            if ($Node.Background) { 'a background &' }
            if ($Node.PipelineElements.Count -gt 1) { 'a pipeline: it unrolls lists, and binds what it likes' }
        }
        'FunctionDefinitionAst' { 'a function: unknown names go to $args there' }
        'SwitchStatementAst' { if ($Node.Flags -notmatch 'CaseSensitive') { 'switch goes by the culture' } }
        'BinaryExpressionAst' {
            if ($Node.Operator -eq 'QuestionQuestion') { '??' }
            if (@('Ieq', 'Ine') -contains $Node.Operator -and $Node.Right.Extent.Text -eq '$null') { '$null on the right' }
            if (@('Ieq', 'Ine', 'Ceq', 'Cne') -contains $Node.Operator -and @($Node.Left, $Node.Right | Where-Object -FilterScript { $_ -is [System.Management.Automation.Language.StringConstantExpressionAst] }).Count) { 'texts compared by -eq' }
            if (@('Imatch', 'Inotmatch', 'Ilike', 'Inotlike', 'Ireplace') -contains $Node.Operator) { 'an operator that goes by the culture' }
        }
        'AssignmentStatementAst' {
            if ($Node.Operator -eq 'QuestionQuestionEquals') { '??=' }
            if ($Node.Left -is [System.Management.Automation.Language.VariableExpressionAst] -and $automatic -contains $Node.Left.VariablePath.UserPath) { 'assigns an automatic variable' }
        }
        'VariableExpressionAst' { if ($newVariables -contains $Node.VariablePath.UserPath) { "a variable of PowerShell 7: $($Node.VariablePath.UserPath)" } }
        'ExpandableStringExpressionAst' { 'a value inside a text' }
        'CommandAst' { Find-InCommand -Node $Node -Splats $Splats }
    }
    if ($Node -is [System.Management.Automation.Language.TypeExpressionAst] -or $Node -is [System.Management.Automation.Language.TypeConstraintAst]) {
        $literal = $Node.Parent -is [System.Management.Automation.Language.ConvertExpressionAst] -and $Node.Parent.Child -is [System.Management.Automation.Language.HashtableAst]
        if (@('ordered', 'semver') -contains $Node.TypeName.Name -and -not $literal) { "no type in 5.1: $($Node.TypeName.Name)" }
    }
    if ($Node.PSObject.Properties['NullConditional'] -and $Node.NullConditional) { '?. or ?[]' }
    if ($Node -is [System.Management.Automation.Language.InvokeMemberExpressionAst]) {
        if ($Node.GenericTypeArguments.Count) { 'type arguments' }
        $name = $Node.Member.Extent.Text
        $count = @($Node.Arguments).Count
        if (($name -eq 'Contains' -and $count -eq 2) -or ($name -eq 'Replace' -and $count -gt 2)) { "an overload that 5.1 lacks: $name" }
        if ($name -eq 'Split' -and $count -ge 1 -and $Node.Arguments[0].StaticType -eq [string] -and $Node.Arguments[0].Extent.Text.Length -ne 3) { 'Split cuts at each character in 5.1' }
        if (@('InvokeScript', 'NewScriptBlock', 'ExpandString', 'Create') -contains $Node.Member.Extent.Text) { 'text as code' }
    }
}

function Find-InFrame {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)]$Tree)
    if ($null -eq $Tree.ParamBlock) { 'no param block'; return }
    $binding = @($Tree.ParamBlock.Attributes | Where-Object -FilterScript { $_.TypeName.Name -eq 'CmdletBinding' })
    if ($binding.Count -ne 1 -or $binding[0].Extent.Text -notlike '*PositionalBinding = $false*') { 'no [CmdletBinding(PositionalBinding = $false)]' }
    foreach ($parameter in $Tree.ParamBlock.Parameters) {
        if ($parameter.StaticType -eq [object]) { "an untyped parameter: $($parameter.Extent.Text)" }
        if ($parameter.Extent.Text -notlike '*Mandatory = $true*') { "an optional parameter: $($parameter.Name.Extent.Text)" }
        if ($null -ne $parameter.DefaultValue) { "a default: $($parameter.Extent.Text)" }
    }
    $first = @($Tree.EndBlock.Statements)[0]
    if ($null -eq $first -or $first.Extent.Text -ne '$ErrorActionPreference = ''Stop''') { '$ErrorActionPreference = ''Stop'' is not the first statement' }
    $last = @($Tree.EndBlock.Statements)[-1]
    # another client goes on after an error that ends a statement: one try round all makes them alike
    foreach ($statement in @($Tree.EndBlock.Statements | Select-Object -SkipLast 1)) {
        $inside = $statement -is [System.Management.Automation.Language.TryStatementAst]
        if (-not $inside -and $null -ne $statement.Find({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) { "a command outside the try: $($statement.Extent.StartLineNumber)" }
        if ($inside -and $statement.CatchClauses.Count -eq 0) { 'a try without a catch' }
    }
    if ($last.Extent.Text -notlike 'ConvertTo-Json -InputObject *') { 'the answer is not the last statement' }
}

foreach ($file in Get-ChildItem -Path $Folder -Filter *.ps1) {
    $tokens = $null
    $mistakes = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseFile($file.FullName, [ref]$tokens, [ref]$mistakes)
    foreach ($mistake in $mistakes) { "$($file.Name):$($mistake.Extent.StartLineNumber): $($mistake.Message)" }
    if (@([System.IO.File]::ReadAllBytes($file.FullName) | Where-Object -FilterScript { $_ -gt 127 }).Count) { "$($file.Name):1: not ASCII" }
    $needs = $tree.ScriptRequirements
    if ($null -ne $needs -and ($needs.RequiredPSVersion -gt [version]'5.1' -or $needs.RequiredPSEditions -contains 'Core')) { "$($file.Name):1: requires more than 5.1" }
    $splats = Get-Splat -Tree $tree
    # run.ps1 is started by a person, who sees what it throws
    foreach ($rule in @(Find-InFrame -Tree $tree | Where-Object -FilterScript { $file.Name -ne 'run.ps1' -or $_ -notlike 'a command outside*' })) { "$($file.Name):1: $rule" }
    foreach ($node in $tree.FindAll({ $true }, $true)) {
        foreach ($rule in Find-InNode -Node $node -Splats $splats) { "$($file.Name):$($node.Extent.StartLineNumber): $rule" }
    }
    foreach ($token in $tokens) {
        if ($token.Kind -eq 'Number' -and $token.Text -match '^0b|[0-9](u|y|s|n)[a-z]*$') { "$($file.Name):$($token.Extent.StartLineNumber): a number of PowerShell 7" }
        if (@('StringExpandable', 'HereStringExpandable') -contains $token.Kind -and $token.Text -cmatch '(?<!`)(``)*`(u\{|e)') { "$($file.Name):$($token.Extent.StartLineNumber): an escape of PowerShell 7" }
    }
}
