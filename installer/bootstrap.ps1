# installer\bootstrap.ps1 demo|test|admin ARGUMENTS
# Finds a Python >= 3.11 and hands over: all else is in bootstrap.py, which Linux shares.
Set-StrictMode -Version Latest
# What a program writes on stderr must not end this script (Windows PowerShell 5.1); exit codes are looked at instead.
$ErrorActionPreference = 'Continue'

$Forwarded = $args
$Bootstrap = Join-Path -Path $PSScriptRoot -ChildPath 'bootstrap.py'
$IsNewEnough = 'import sys; sys.exit(sys.version_info < (3, 11))'
$Candidates = @(
    @('py.exe', '-3.13'),
    @('py.exe', '-3.12'),
    @('py.exe', '-3.11'),
    @('python.exe')
)

foreach ($Candidate in $Candidates) {
    $Options = @($Candidate | Select-Object -Skip 1)
    # By its full path: a python.exe in the folder one stands in is not ours to start.
    $Found = @(Get-Command -Name $Candidate[0] -CommandType Application -ErrorAction SilentlyContinue)
    if ($Found.Count -eq 0) {
        continue
    }
    $Program = $Found[0].Source
    # Only a run proves it: the Store's python.exe is a name that starts nothing.
    & $Program @Options -I -c $IsNewEnough 2>&1 | Out-Null
    if ($LASTEXITCODE -eq 0) {
        & $Program @Options -I $Bootstrap @Forwarded
        exit $LASTEXITCODE
    }
}

[Console]::Error.WriteLine('set-up: no Python 3.11 or newer. Run this line, then the same command again:')
[Console]::Error.WriteLine('winget install --id Python.Python.3.13 --exact')
exit 2
